// app.js
//
// A list of users over HTTP.
//
//   POST /users {"name":"Bob"}   the write door   201 {"id":2,"name":"Bob"}
//   GET  /users                  the read door    200 [{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}]
//   GET  /users?fresh=true       the write door   the same, and never a moment old
//   GET  /health                 both doors       200 {"write":"primary","read":"replica"}
//
// The table is made in psql:  CREATE TABLE users (id SERIAL PRIMARY KEY, name TEXT);
"use strict";

const express = require("express");
const { connect } = require("./db");
const { BadRequest, answerFor } = require("./errors");
const { settingsFrom } = require("./settings");

const MAX_NAME = 100;

function nameIn(body) {
  const name = body?.name;
  if (typeof name !== "string" || name.trim() === "") {
    throw new BadRequest('send JSON with a name: {"name":"Bob"}');
  }
  if (name.length > MAX_NAME) throw new BadRequest(`a name has at most ${MAX_NAME} characters`);
  if (name.includes("\0")) throw new BadRequest("a name has no zero bytes"); // the type text cannot hold them
  return name.trim();
}

// What a route throws, async or not, reaches the error handler at the end: Express 5 sees to that.
function createApp(db) {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.json({ limit: "10kb" }));

  app.post("/users", async (req, res) => {
    const [user] = await db.query("INSERT INTO users (name) VALUES ($1) RETURNING id, name", [nameIn(req.body)]);
    res.status(201).json(user);
  });

  app.get("/users", async (req, res) => {
    const readOnly = req.query.fresh !== "true";
    res.json(await db.query("SELECT id, name FROM users ORDER BY id", [], { readOnly }));
  });

  app.get("/health", async (req, res) => {
    const role = async (readOnly) => {
      const [row] = await db.query("SELECT pg_is_in_recovery() AS standby", [], { readOnly });
      return row.standby ? "replica" : "primary";
    };
    const [write, read] = await Promise.all([role(false), role(true)]);
    res.json({ write, read });
  });

  app.use((req, res) => res.status(404).json({ error: `there is no ${req.method} ${req.path} here` }));

  // Four parameters make it the error handler.
  app.use((problem, req, res, next) => {
    const { status, body } = answerFor(problem);
    if (status >= 500) console.error(`${req.method} ${req.path}: ${problem.stack}`);
    if (res.headersSent) return next(problem);
    res.status(status).json(body);
  });
  return app;
}

function main() {
  const settings = settingsFrom(process.env);
  const db = connect(settings);
  const server = createApp(db).listen(settings.port, settings.host, (problem) => {
    if (problem) {
      console.error(`cannot listen on ${settings.host}:${settings.port}: ${problem.message}`);
      process.exit(1);
    }
    console.log(`App running on http://${settings.host}:${server.address().port}`);
  });

  // Requests that are under way get their answers, then the connections to the database are closed. A second signal
  // does not wait: `once` gives it back to Node, which ends the process.
  const stop = (signal) => {
    console.log(`${signal}: stopping`);
    server.close(async () => {
      await db.close();
      console.log("stopped");
    });
    server.closeIdleConnections();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

if (require.main === module) main();

module.exports = { createApp };
