const base = '${Base}';
const hub = '${Hub}';
const types = { xml: 'application/rss+xml', atom: 'application/atom+xml', json: 'application/feed+json' };

function handler(event) {
  const request = event.request;
  const response = event.response;
  const headers = response.headers;
  const feed = /\/feed\.(?:[0-9-]+\.)?(xml|atom|json)$/.exec(request.uri);
  if (feed === null || ![200, 206, 304].includes(response.statusCode)) {
    return response;
  }

  const path = encodeURI(decodeURIComponent(request.uri));
  const links = ['<' + (base || 'https://' + request.headers.host.value) + path + '>; rel="self"'];
  if (hub) {
    links.push('<' + hub + '>; rel="hub"');
  }
  headers.link = { value: links.join(', ') };

  // A 304 has no type, and an answer of several ranges has one of its own. A browser that shows a feed to a
  // person uses the feed's stylesheet on plain XML alone.
  const type = headers['content-type'];
  const dest = request.headers['sec-fetch-dest'];
  if (type && type.value.startsWith('application/')) {
    const shown = feed[1] !== 'json' && dest !== undefined && dest.value === 'document';
    type.value = (shown ? 'application/xml' : types[feed[1]]) + '; charset=utf-8';
  }

  // Said in every answer, so that a copy in some cache does for every reader.
  headers.vary = { value: 'Accept-Encoding, Sec-Fetch-Dest' };
  headers['access-control-allow-origin'] = { value: '*' };
  headers['access-control-expose-headers'] = { value: 'ETag, Last-Modified, Link' };
  return response;
}
