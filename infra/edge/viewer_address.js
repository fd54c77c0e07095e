// Behind CloudFront the API sees CloudFront's IP address, and X-Forwarded-For begins with what the client sent. This
// header has the client's IP address, whatever the client sent.
function handler(event) {
  event.request.headers['x-viewer-address'] = { value: event.viewer.ip };
  return event.request;
}
