// What feedsmith and rss-parser make of feeds: one line of JSON for each address and parser, entries in their order.
import { parseFeed } from 'feedsmith';
import RssParser from 'rss-parser';

const feedsmith = {
  rss: ({ items }) => items.map((item) => [item.guid.value, item.title, item.link, item.pubDate]),
  atom: ({ entries }) => entries.map((entry) => [entry.id, entry.title.value, entry.links[0].href, entry.published]),
  json: ({ items }) => items.map((item) => [item.id, item.title, item.url, item.date_published]),
};

function say(parser, url, entries) {
  const read = entries.map(([id, title, link, date]) => ({ id, title, link, published: new Date(date).toISOString() }));
  console.log(JSON.stringify({ parser, url, entries: read }));
}

for (const url of process.argv.slice(2)) {
  const { format, feed } = parseFeed(await (await fetch(url)).text());
  say('feedsmith', url, feedsmith[format](feed));
  if (format === 'json') continue; // rss-parser knows no JSON Feed
  const { items } = await new RssParser().parseURL(url);
  say('rss-parser', url, items.map((item) => [item.guid ?? item.id, item.title, item.link, item.isoDate]));
}
