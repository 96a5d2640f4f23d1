// The application against a primary and a replica that run already; settings.js tells how to name their addresses.
//
//   PGPORT_WRITE=5432 PGPORT_READ=5433 npm test
//
// The tests add users and take them away again; what else is in the table stays.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const net = require("node:net");
const path = require("node:path");
const { once } = require("node:events");
const { after, before, test } = require("node:test");

const { createApp } = require("../app");
const { connect } = require("../db");
const { settingsFrom } = require("../settings");

const PATIENCE_MS = 15000;

let db, app;
const added = []; // ids

// The application on a free port.
async function serve(database) {
  const server = createApp(database).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

async function ask(method, where, body, type = "application/json") {
  const response = await fetch(app.origin + where, { method, body, headers: body === undefined ? {} : { "content-type": type } });
  return { status: response.status, body: await response.json() };
}

async function add(name) {
  const answer = await ask("POST", "/users", JSON.stringify({ name }));
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  assert.equal(answer.body.name, name);
  added.push(answer.body.id);
  return answer.body;
}

// Asks again and again until `probe` gives something true; a replica needs a moment.
async function until(what, probe) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await probe();
    if (value) return value;
    assert.ok(Date.now() < deadline, `waited ${PATIENCE_MS} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function onTheReplica(...users) {
  return until(`the replica shows ${users.map((user) => user.name)}`, async () => {
    const { status, body } = await ask("GET", "/users");
    return status === 200 && users.every((user) => body.some((row) => row.id === user.id && row.name === user.name)) && body;
  });
}

before(async () => {
  db = connect(settingsFrom(process.env));
  await db.query("CREATE TABLE IF NOT EXISTS users (id SERIAL PRIMARY KEY, name TEXT)");
  app = await serve(db);
});

after(async () => {
  for (const id of added) await db.query("DELETE FROM users WHERE id = $1", [id]);
  app.close();
  await db.close();
});

test("the write door leads to a primary, the read door to a replica", async () => {
  assert.deepEqual(await ask("GET", "/health"), { status: 200, body: { write: "primary", read: "replica" } });
});

test("what is posted to the primary appears on the replica", async () => {
  const alice = await add("Alice");
  const bob = await add("Bob");
  assert.ok(Number.isInteger(alice.id) && bob.id > alice.id, "SERIAL gives numbers that grow");
  const rows = await onTheReplica(alice, bob);
  const ids = rows.map((row) => row.id);
  assert.deepEqual(ids, [...ids].sort((a, b) => a - b));
});

test("a fresh read sees the own write at once", async () => {
  const carol = await add("Carol");
  const { body } = await ask("GET", "/users?fresh=true");
  assert.ok(body.some((row) => row.id === carol.id));
});

test("a name is a value, whatever it looks like", async () => {
  const names = ["'); DROP TABLE users; --", "Zoë 🐨", 'a "quoted" \\ name'];
  const users = [];
  for (const name of names) users.push(await add(name));
  await onTheReplica(...users);
});

test("a request without a usable name is refused", async () => {
  for (const body of ["{}", '{"name":7}', '{"name":"  "}', '{"name":"a\\u0000b"}', JSON.stringify({ name: "x".repeat(101) }), "[]"]) {
    const answer = await ask("POST", "/users", body);
    assert.equal(answer.status, 400, body);
    assert.match(answer.body.error, /name/);
  }
  assert.equal((await ask("POST", "/users", '{"name":')).status, 400);
  assert.equal((await ask("POST", "/users", "name=Bob", "text/plain")).status, 400);
  assert.equal((await ask("POST", "/users", JSON.stringify({ name: "x".repeat(20000) }))).status, 413);
});

test("what does not exist is 404, as JSON", async () => {
  const answer = await ask("GET", "/nothing");
  assert.equal(answer.status, 404);
  assert.match(answer.body.error, /GET \/nothing/);
});

test("the replica refuses writes", async () => {
  await until("the replica knows the table", async () => (await ask("GET", "/users")).status === 200);
  await assert.rejects(db.query("INSERT INTO users (name) VALUES ($1)", ["Mallory"], { readOnly: true }), {
    code: "25006",
    message: "cannot execute INSERT in a read-only transaction",
  });
});

test("an error of the database is told with its SQLSTATE", async (t) => {
  const elsewhere = await serve({ query: (sql, params, where) => db.query("SELECT shoe_size FROM users", [], where) });
  t.after(elsewhere.close);
  const response = await fetch(`${elsewhere.origin}/users?fresh=true`);
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), { error: 'column "shoe_size" does not exist', sqlstate: "42703" });
});

test("a database that is away is 503, and the application lives on", async (t) => {
  const placeholder = net.createServer().listen(0, "127.0.0.1");
  await once(placeholder, "listening");
  const nobody = { host: "127.0.0.1", port: placeholder.address().port, user: "app", database: "app" };
  placeholder.close();
  await once(placeholder, "close");

  const away = connect({ write: nobody, read: nobody });
  t.after(() => away.close());
  const elsewhere = await serve(away);
  t.after(elsewhere.close);
  for (let i = 0; i < 2; ++i) {
    const response = await fetch(`${elsewhere.origin}/users`);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { error: "the database cannot be reached" });
  }
});

test("SIGTERM stops the process in order", async () => {
  const child = spawn(process.execPath, [path.join(__dirname, "..", "app.js")], { env: { ...process.env, HOST: "127.0.0.1", PORT: "0" } });
  let said = "";
  child.stdout.on("data", (piece) => (said += piece));
  child.stderr.on("data", (piece) => (said += piece));
  const ended = once(child, "exit");
  const [, port] = await until("it listens", async () => said.match(/App running on http:\/\/127\.0\.0\.1:(\d+)/));
  assert.equal((await fetch(`http://127.0.0.1:${port}/users?fresh=true`)).status, 200);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null], said);
  assert.match(said, /stopped/);
});
