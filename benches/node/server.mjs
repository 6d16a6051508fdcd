// A webhook server as one would write it in Node: checks the signature, commits the body, then answers.
//
//   node server.mjs DATABASE SECRET      prints the port it listens on

import { createServer } from "node:http";
import { deflateSync } from "node:zlib";
import { verify } from "@octokit/webhooks-methods";
import Database from "better-sqlite3";

const [database, secret] = process.argv.slice(2);
const db = new Database(database);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec(`CREATE TABLE IF NOT EXISTS deliveries (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL, received_at INTEGER NOT NULL)`);
const insert = db.prepare(
  "INSERT INTO deliveries (id, kind, body, received_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
);

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces).toString("utf8");
  const signature = request.headers["x-hub-signature-256"] ?? "";
  if (!(await verify(secret, body, signature))) {
    response.writeHead(401).end();
    return;
  }
  const payload = JSON.parse(body);
  if (typeof payload !== "object") {
    response.writeHead(400).end();
    return;
  }
  insert.run(
    request.headers["x-github-delivery"],
    request.headers["x-github-event"],
    deflateSync(body),
    Date.now(),
  );
  response.writeHead(202).end();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
