// What podcast-partytime makes of a feed: a line of JSON with its episodes, in their order.
import partytime from 'podcast-partytime';

const feed = partytime.parseFeed(await (await fetch(process.argv[2])).text());
const episodes = feed.items.map(({ guid, title, duration, enclosure: { url, type, length } }) => ({
  id: guid, title, url, type, length, duration,
}));
console.log(JSON.stringify(episodes));
