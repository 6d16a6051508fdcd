// A program that behaves as cloudflared or ngrok does, as far as Perch drives them: it forwards what comes at a port
// of its own, and tells its address at a local API. A folder tells the test about it, and it about the test:
//   pid      written: its process
//   starts   written: a line per start, with the arguments
//   mode     read at each question: "gone" (not connected), "mute" (no answer), "early" (ends at once)
//   host     read: the host name it says it has, instead of its own port
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

const [kind, folder, ...args] = process.argv.slice(2);
const read = (name) => {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
};
const option = (name) => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
};

writeFileSync(join(folder, 'pid'), String(process.pid));
appendFileSync(join(folder, 'starts'), `${args.join(' ')}\n`);
if (read('mode') === 'early') {
  console.error('ERR the account is suspended');
  process.exit(1);
}

const target = new URL(kind === 'ngrok' ? `http://${args[1]}` : option('--url'));

// The public side: everything is handed on as it came.
const publicSide = http.createServer((request, response) => {
  const onward = http.request(
    {
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url,
      headers: request.headers,
    },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => {
    response.writeHead(502);
    response.end();
  });
  request.pipe(onward);
});

function api(request, response) {
  const mode = read('mode');
  if (mode === 'mute') return;
  const host = read('host') || `127.0.0.1:${publicSide.address().port}`;
  const send = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (kind === 'cloudflared') {
    if (request.url === '/quicktunnel') return send(200, { hostname: host });
    if (request.url === '/ready') {
      const connections = mode === 'gone' ? 0 : 1;
      return send(connections ? 200 : 503, { status: connections ? 200 : 503, readyConnections: connections });
    }
  } else if (request.url === '/api/tunnels') {
    const tunnel = {
      name: 'command_line',
      public_url: `https://${host}`,
      proto: 'https',
      config: { addr: `http://${args[1]}`, inspect: true },
    };
    const other = { name: 'other', public_url: 'https://other.example', proto: 'https', config: { addr: 'http://localhost:1' } };
    return send(200, { tunnels: mode === 'gone' ? [other] : [other, tunnel], uri: '/api/tunnels' });
  }
  return send(404, {});
}

publicSide.listen(0, '127.0.0.1', () => {
  const local = http.createServer(api);
  if (kind === 'cloudflared') {
    const [host, port] = option('--metrics').split(':');
    console.error('INF Requesting new quick Tunnel on trycloudflare.com...');
    local.listen(Number(port), host);
  } else {
    local.listen(0, '127.0.0.1', () => {
      const addr = `127.0.0.1:${local.address().port}`;
      console.log(JSON.stringify({ lvl: 'info', msg: 'no configuration paths supplied' }));
      console.log(JSON.stringify({ addr, lvl: 'info', msg: 'starting web service', obj: 'web' }));
    });
  }
});
