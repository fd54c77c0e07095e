// A path that ends in a slash is a directory, and its page is index.html. A path whose last part has no dot is a directory
// without its slash, and one that ends in index.html names its page: the reader is redirected to it, with the query.
function handler(event) {
  const request = event.request;
  // Browsers read //host and /\host as another site's URL, so a path starts with one slash.
  const path = request.uri.replace(/^[\/\\]+/, '/');
  const name = path.slice(path.lastIndexOf('/') + 1);

  if (name === '') {
    request.uri = path + 'index.html';
    return request;
  }
  if (name.includes('.') && name !== 'index.html') {
    request.uri = path;
    return request;
  }
  const directory = name === 'index.html' ? path.slice(0, -name.length) : path + '/';
  return {
    statusCode: 301,
    statusDescription: 'Moved Permanently',
    headers: {
      location: { value: directory + query(request.querystring) },
      'cache-control': { value: 'public, max-age=3600' },
    },
  };
}

function query(parameters) {
  const pairs = [];
  Object.keys(parameters).forEach((name) => {
    (parameters[name].multiValue || [parameters[name]]).forEach((one) => {
      pairs.push(one.value === '' ? name : name + '=' + one.value);
    });
  });
  return pairs.length ? '?' + pairs.join('&') : '';
}
