// Only If-None-Match decides whether a client has the newest feed. Dates count whole seconds, in which a feed may change
// twice, and clients send dates of their own clocks; so a client that knows dates and no ETag gets the whole feed.
// Preflight requests are answered here: S3 refuses them for a bucket without CORS rules, and a browser wants a 2xx.
function handler(event) {
  const request = event.request;
  if (request.method === 'OPTIONS') {
    return {
      statusCode: 204,
      statusDescription: 'No Content',
      headers: {
        allow: { value: 'GET, HEAD, OPTIONS' },
        'access-control-allow-origin': { value: '*' },
        'access-control-allow-methods': { value: 'GET, HEAD' },
        'access-control-allow-headers': { value: '*' },
        'access-control-max-age': { value: '86400' },
      },
    };
  }
  delete request.headers['if-modified-since'];
  return request;
}
