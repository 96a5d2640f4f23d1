// db.js
//
// Two doors to one database, and the router between them.
//
//   writes  ->  write pool  ->  the primary
//   reads   ->  read pool   ->  a replica
//
//   const db = connect(settingsFrom(process.env));
//   await db.query("INSERT INTO users (name) VALUES ($1)", ["Bob"]);
//   await db.query("SELECT * FROM users", [], { readOnly: true });   // perhaps a moment before Bob is there
//
// The router does not look at the SQL: only the caller knows whether a read may be a little old. A read that must see
// what was just written goes through the write door, too. Should a write take the read door by mistake, the replica
// refuses it (SQLSTATE 25006): replication never depends on this file being right.
"use strict";

const { Pool } = require("pg");

function openPool(door, address) {
  const pool = new Pool({
    ...address,
    application_name: `users-app ${door}`,
    max: 10,
    connectionTimeoutMillis: 5000, // a server that does not answer is an error, not an endless wait
  });
  // A pool keeps idle connections. When a server stops, they break while nobody uses them, and an error that nobody
  // listens to ends the whole process. The pool opens new ones by itself when somebody asks next.
  pool.on("error", (problem) => console.error(`${door} door: an idle connection was lost: ${problem.message}`));
  return pool;
}

function connect(settings) {
  const pools = { write: openPool("write", settings.write), read: openPool("read", settings.read) };

  async function query(sql, params = [], { readOnly = false } = {}) {
    const result = await pools[readOnly ? "read" : "write"].query(sql, params);
    return result.rows;
  }

  // Waits for queries that are under way, then closes all connections.
  async function close() {
    await Promise.all([pools.write.end(), pools.read.end()]);
  }

  return { query, close };
}

module.exports = { connect };
