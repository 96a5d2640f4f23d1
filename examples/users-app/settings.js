// settings.js
//
// Where the two doors are, from the environment. The names are those that psql knows, where there are some:
//
//   PGHOST        where both servers are            127.0.0.1
//   PGHOST_READ   where the replica is, if elsewhere
//   PGPORT_WRITE  the primary's port                5432
//   PGPORT_READ   the replica's port                5433
//   PGUSER        PGPASSWORD   PGDATABASE           app, none, the user's name
//   PGSSLROOTCERT a file: talk TLS, and believe only certificates that are in it, or signed by one of them
//   HOST, PORT    where this application listens    127.0.0.1, 3000: for programs on this machine alone
"use strict";

const { readFileSync } = require("node:fs");

function port(env, name, otherwise) {
  const text = env[name] ?? String(otherwise);
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65535 || text.trim() === "") {
    throw new Error(`${name} has to be a port number from 0 to 65535, not "${text}"`);
  }
  return number;
}

function settingsFrom(env) {
  const host = env.PGHOST || "127.0.0.1";
  const user = env.PGUSER || "app";
  const account = { user, password: env.PGPASSWORD, database: env.PGDATABASE || user };
  const ca = env.PGSSLROOTCERT && readFileSync(env.PGSSLROOTCERT, "utf8");
  // The host is named once more for the check of the certificate: without it Node would compare an address with "localhost".
  const door = (where, number) => ({ ...account, host: where, port: number, ...(ca && { ssl: { ca, host: where } }) });
  return {
    write: door(host, port(env, "PGPORT_WRITE", 5432)),
    read: door(env.PGHOST_READ || host, port(env, "PGPORT_READ", 5433)),
    host: env.HOST || "127.0.0.1",
    port: port(env, "PORT", 3000),
  };
}

module.exports = { settingsFrom };
