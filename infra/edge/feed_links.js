// Adds the Link, Content-Type and CORS headers of feeds. It runs last, on answers from the cache and 304s too, so it may
// set types that CloudFront would not have compressed. CloudFormation fills in the two constants.
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

  // A 304 has no type, and an answer with several ranges has its own. A browser that opens a feed as a page applies the
  // feed's stylesheet to plain XML only.
  const type = headers['content-type'];
  const dest = request.headers['sec-fetch-dest'];
  if (type && type.value.startsWith('application/')) {
    const page = feed[1] !== 'json' && dest !== undefined && dest.value === 'document';
    type.value = (page ? 'application/xml' : types[feed[1]]) + '; charset=utf-8';
  }

  // The same in every answer, so that a cached copy serves every client.
  headers.vary = { value: 'Accept-Encoding, Sec-Fetch-Dest' };
  headers['access-control-allow-origin'] = { value: '*' };
  headers['access-control-expose-headers'] = { value: 'ETag, Last-Modified, Link' };
  return response;
}
