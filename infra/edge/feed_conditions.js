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
