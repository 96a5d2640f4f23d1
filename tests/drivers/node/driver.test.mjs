// node-postgres against the servers that PGHOST, PGPORT and REPLICA_PORT name; driven by ../node_test.py.
//
// What must come out is written here, not compared: a test that passes on PostgreSQL passes on Wallaby.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import Cursor from 'pg-cursor';

const { Client, Pool } = pg;
const writer = new Pool({ max: 10 });
const reader = new Pool({ max: 10, port: Number(process.env.REPLICA_PORT) });

before(async () => {
  await writer.query('CREATE TABLE users (id SERIAL PRIMARY KEY, name TEXT NOT NULL, mail TEXT UNIQUE)');
  await writer.query(`CREATE TABLE kinds (id bigint PRIMARY KEY, i int, s smallint, b bool, f float8, t text,
                                          v varchar(10), raw bytea, at timestamptz, j jsonb)`);
});

after(async () => {
  await writer.end();
  await reader.end();
});

// The error that a query has to fail with.
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('it should have failed');
}

test('a query without parameters', async () => {
  const result = await writer.query('SELECT 1 AS one, NULL AS nothing');
  assert.deepEqual(result.rows, [{ one: 1, nothing: null }]);
  assert.equal(result.command, 'SELECT');
  assert.equal(result.rowCount, 1);
});

test('parameters: the seed application', async () => {
  const alice = await writer.query('INSERT INTO users (name) VALUES ($1) RETURNING *', ['Alice']);
  assert.deepEqual(alice.rows, [{ id: 1, name: 'Alice', mail: null }]);
  assert.equal(alice.command, 'INSERT');
  const found = await writer.query('SELECT * FROM users WHERE id = $1', [1]);
  assert.equal(found.rows[0].name, 'Alice');
  const none = await writer.query('SELECT * FROM users WHERE id = $1', ['99']);
  assert.deepEqual([none.rowCount, none.rows], [0, []]);
  const several = await writer.query('SELECT name FROM users WHERE id = ANY($1) ORDER BY id LIMIT $2', [[1, 2], 5]);
  assert.deepEqual(several.rows, [{ name: 'Alice' }]);
});

test('types come as JavaScript has them', async () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  const values = ['9007199254740993', 7, -3, true, 1.5, 'tëxt', 'v', Buffer.from([0, 1, 255]), at, { a: [1, null] }];
  const { rows, fields } = await writer.query(
    'INSERT INTO kinds VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *', values);
  assert.deepEqual(rows[0], { id: '9007199254740993', i: 7, s: -3, b: true, f: 1.5, t: 'tëxt', v: 'v',
                              raw: Buffer.from([0, 1, 255]), at, j: { a: [1, null] } });
  assert.deepEqual(fields.map((field) => field.dataTypeID), [20, 23, 21, 16, 701, 25, 1043, 17, 1184, 3802]);
  const empty = await writer.query('INSERT INTO kinds (id) VALUES ($1) RETURNING i, b, t, raw, at, j', [2]);
  assert.deepEqual(empty.rows[0], { i: null, b: null, t: null, raw: null, at: null, j: null });
  const counted = await writer.query('SELECT count(*), sum(i), avg(i), max(f) FROM kinds');
  assert.deepEqual(counted.rows[0], { count: '2', sum: '7', avg: '7.0000000000000000', max: 1.5 });
});

test('rows as arrays, and results in binary', async () => {
  const rows = await writer.query({ text: 'SELECT i, t FROM kinds WHERE i = $1', values: [7], rowMode: 'array' });
  assert.deepEqual(rows.rows, [[7, 'tëxt']]);
  // Without int2 and float8: its own reader of their binary form makes other numbers of them.
  const binary = await writer.query({ text: 'SELECT i, b, id, t FROM kinds WHERE i = $1', values: [7], binary: true });
  assert.deepEqual(binary.rows, [{ i: 7, b: true, id: '9007199254740993', t: 'tëxt' }]);
});

test('named prepared statements', async () => {
  const client = await writer.connect();
  try {
    for (let i = 0; i < 5; i++) {
      const { rows } = await client.query({ name: 'by-id', text: 'SELECT name FROM users WHERE id = $1', values: [1] });
      assert.deepEqual(rows, [{ name: 'Alice' }]);
    }
    const error = await failure(client.query({ name: 'bad', text: 'SELECT nosuch FROM users' }));
    assert.equal(error.code, '42703');
    const again = await client.query({ name: 'by-id', text: 'SELECT name FROM users WHERE id = $1', values: [99] });
    assert.deepEqual(again.rows, []);
  } finally {
    client.release();
  }
});

test('errors with all their fields', async () => {
  await writer.query("INSERT INTO users (name, mail) VALUES ('Max', 'm@x')");
  const twice = await failure(writer.query('INSERT INTO users (name, mail) VALUES ($1, $2)', ['Mo', 'm@x']));
  assert.deepEqual([twice.code, twice.constraint, twice.table, twice.schema, twice.detail, twice.severity],
                   ['23505', 'users_mail_key', 'users', 'public', 'Key (mail)=(m@x) already exists.', 'ERROR']);
  const missing = await failure(writer.query('INSERT INTO users (name) VALUES ($1)', [null]));
  assert.deepEqual([missing.code, missing.column], ['23502', 'name']);
  const unknown = await failure(writer.query('SELECT * FROM nosuch'));
  assert.deepEqual([unknown.code, unknown.position, unknown.message],
                   ['42P01', '15', 'relation "nosuch" does not exist']);
  const text = await failure(writer.query('SELECT * FROM users WHERE id = $1', ['abc']));
  assert.deepEqual([text.code, text.message], ['22P02', 'invalid input syntax for type integer: "abc"']);
  const syntax = await failure(writer.query('SELEC 1'));
  assert.equal(syntax.code, '42601');
  const few = await failure(writer.query('SELECT $1::int + $2::int', [1]));
  assert.equal(few.code, '08P01');
});

test('a session goes on after an error', async () => {
  const client = await writer.connect();
  try {
    await failure(client.query('SELECT $1::int / 0', [1]));
    assert.deepEqual((await client.query('SELECT $1::int AS x', [2])).rows, [{ x: 2 }]);
    await failure(client.query('SELECT 1; SELECT nosuch'));
    assert.deepEqual((await client.query('SELECT 3 AS x')).rows, [{ x: 3 }]);
  } finally {
    client.release();
  }
});

test('transactions', async () => {
  const client = await writer.connect();
  try {
    await client.query('BEGIN');
    await client.query('INSERT INTO users (name) VALUES ($1)', ['Ghost']);
    assert.equal((await writer.query("SELECT count(*) FROM users WHERE name = 'Ghost'")).rows[0].count, '0');
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    await client.query('INSERT INTO users (name) VALUES ($1)', ['Greta']);
    await client.query('COMMIT');
    assert.equal((await writer.query("SELECT count(*) FROM users WHERE name IN ('Ghost', 'Greta')")).rows[0].count, '1');
    await client.query('BEGIN');
    await failure(client.query('SELECT nosuch'));
    assert.equal((await failure(client.query('SELECT 1'))).code, '25P02');
    assert.equal((await client.query('COMMIT')).command, 'ROLLBACK');
  } finally {
    client.release();
  }
});

test('several statements in one string', async () => {
  const results = await writer.query('SELECT 1 AS a; SELECT 2 AS b, 3 AS c; SELECT 4 AS d WHERE false');
  assert.deepEqual(results.map((result) => result.rows), [[{ a: 1 }], [{ b: 2, c: 3 }], []]);
  assert.equal((await writer.query('')).rows.length, 0);
});

test('a pool under load', async () => {
  const inserts = Array.from({ length: 300 }, (_, i) =>
    writer.query('INSERT INTO users (name) VALUES ($1) RETURNING id', [`user ${i}`]));
  const ids = new Set((await Promise.all(inserts)).map((result) => result.rows[0].id));
  assert.equal(ids.size, 300);
  const { rows } = await writer.query("SELECT count(*) FROM users WHERE name LIKE 'user %'");
  assert.equal(rows[0].count, '300');
});

test('queries that wait behind each other on one connection', async () => {
  const client = new Client();
  await client.connect();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => client.query('SELECT $1::int AS x', [i])));
  assert.deepEqual(answers.map((answer) => answer.rows[0].x), Array.from({ length: 50 }, (_, i) => i));
  await client.end();
});

test('large values', async () => {
  const large = 'x'.repeat(1_000_000);
  await writer.query('INSERT INTO kinds (id, t) VALUES (3, $1)', [large]);
  const { rows } = await writer.query('SELECT t FROM kinds WHERE id = $1', [3]);
  assert.equal(rows[0].t, large);
  await writer.query('DELETE FROM kinds WHERE id = 3');
});

test('a cursor takes rows in portions', async () => {
  const client = await writer.connect();
  try {
    const cursor = client.query(new Cursor("SELECT id FROM users WHERE name LIKE $1 ORDER BY id", ['user %']));
    let seen = 0;
    for (let rows = await cursor.read(70); rows.length > 0; rows = await cursor.read(70)) {
      assert.ok(rows.length <= 70);
      seen += rows.length;
    }
    assert.equal(seen, 300);
    const early = client.query(new Cursor('SELECT id FROM users ORDER BY id'));
    assert.equal((await early.read(2)).length, 2);
    await early.close();
    assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  } finally {
    client.release();
  }
});

test('the replica reads and does not write', async () => {
  const deadline = Date.now() + 20_000;
  let rows = [];
  while (rows.length === 0) {
    assert.ok(Date.now() < deadline, 'the replica has the newest row');
    ({ rows } = await reader.query("SELECT name FROM users WHERE name = 'user 299'"));
  }
  for (const text of ["INSERT INTO users (name) VALUES ('x')", "UPDATE users SET name = 'x'", 'DELETE FROM users',
                      'CREATE TABLE x (a int)', 'TRUNCATE users', 'DROP TABLE users']) {
    const error = await failure(reader.query(text));
    assert.equal(error.code, '25006');
    assert.match(error.message, /^cannot execute [A-Z ]+ in a read-only transaction$/);
  }
  const error = await failure(reader.query('INSERT INTO users (name) VALUES ($1)', ['x']));
  assert.equal(error.message, 'cannot execute INSERT in a read-only transaction');
});

test('a statement that takes too long is ended by the server', async () => {
  const client = new Client({ statement_timeout: 100 });
  await client.connect();
  const error = await failure(client.query('SELECT pg_sleep(60)'));
  assert.deepEqual([error.code, error.message], ['57014', 'canceling statement due to statement timeout']);
  assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  await client.end();
});

test('settings of the connection', async () => {
  const client = new Client({ application_name: 'driver', options: '-c statement_timeout=5000' });
  await client.connect();
  assert.equal((await client.query('SHOW application_name')).rows[0].application_name, 'driver');
  assert.equal((await client.query('SHOW statement_timeout')).rows[0].statement_timeout, '5s');
  await client.end();
});

test('notices', async () => {
  const client = new Client();
  await client.connect();
  const notices = [];
  client.on('notice', (notice) => notices.push([notice.code, notice.message]));
  await client.query('DROP TABLE IF EXISTS nosuch');
  assert.deepEqual(notices, [['00000', 'table "nosuch" does not exist, skipping']]);
  await client.end();
});
