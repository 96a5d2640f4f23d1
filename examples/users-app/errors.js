// errors.js
//
// What a client of the application is told when something goes wrong: always JSON, always with a status that says
// whose turn it is.
//
//   400   the request is wrong: correct it
//   404   there is no such thing here
//   409   it contradicts what is stored already
//   503   a server is away, starting or busy: try again later
//   504   the write may or may not have happened: look before you try again
//   500   a bug of ours: see the log
//
// The database names its errors by five characters, the SQLSTATE; the first two are a class. PostgreSQL's manual lists
// them in appendix A. They are part of the answer, so that a learner can look them up.
"use strict";

class BadRequest extends Error {}

const BY_STATE = {
  "23505": 409, // unique_violation
  "25006": 503, // read_only_sql_transaction: we talk to a replica, say because roles have changed
  "40001": 503, // serialization_failure: the same request will do the next time
  "40P01": 503, // deadlock_detected: likewise
  "40003": 504, // statement_completion_unknown: the wait for a replica was cut short
};
const BY_CLASS = {
  "08": 503, // connection exceptions
  "22": 400, // data exceptions: a value that the column's type does not take
  "23": 400, // integrity constraints
  "53": 503, // insufficient resources: too many connections, disk full
  "57": 503, // operator intervention: shutting down, starting up
};
// Of the network, before the database could say anything.
const NETWORK = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"]);

// Errors that the database itself reported carry a severity; `code` alone could be one of Node's.
const isFromDatabase = (problem) => problem.severity !== undefined && /^[0-9A-Z]{5}$/.test(problem.code ?? "");

// The driver throws these without any code.
const isLostConnection = (problem) =>
  NETWORK.has(problem.code) || /^Connection terminated|^timeout (expired|exceeded)/.test(problem.message);

// { status, body } for an error that a route has thrown.
function answerFor(problem) {
  if (problem instanceof BadRequest) {
    return { status: 400, body: { error: problem.message } };
  }
  if (isFromDatabase(problem)) {
    const status = BY_STATE[problem.code] ?? BY_CLASS[problem.code.slice(0, 2)] ?? 500;
    const body = { error: problem.message, sqlstate: problem.code };
    if (problem.detail) body.detail = problem.detail;
    if (problem.hint) body.hint = problem.hint;
    return { status, body };
  }
  if (isLostConnection(problem)) {
    return { status: 503, body: { error: "the database cannot be reached" } };
  }
  // Express's own, of a body that is no JSON or too large: they say themselves which 4xx they are.
  if (problem.expose && problem.status >= 400 && problem.status < 500) {
    return { status: problem.status, body: { error: problem.message } };
  }
  return { status: 500, body: { error: "internal error" } };
}

module.exports = { BadRequest, answerFor };
