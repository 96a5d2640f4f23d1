// What clients ask of nodes: reads, writes; and a replica's first words, made by hand.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "sim/scenario.h"
#include "sim/scenario_hello.h"

namespace wallaby::sim {
namespace {

/// A command waits so long for its answer: a little more than until a client is told why it waits.
constexpr Duration kPatience = std::chrono::milliseconds(1500);
constexpr Duration kFillPatience = std::chrono::seconds(20);

/// Of a write's answer, also of one that is not the last: whoever waits is told where it stands.
std::optional<Token> token_of(const node::ReplyBody& reply) {
  if (const auto* written = std::get_if<node::Written>(&reply)) return written->token;
  if (const auto* notice = std::get_if<node::ClientNotice>(&reply)) return notice->token;
  if (const auto* failed = std::get_if<node::Failed>(&reply)) return failed->token;
  return std::nullopt;
}

}  // namespace

/// "p1", or "p1/bob": bob's session there.
Client& Scenario::client(const std::string& who) {
  Place place = who.substr(0, who.find('/'));
  if (!cluster_.has(place)) throw ScriptError(fmt::format("there is no {}", place));
  if (!cluster_.at(place).up()) throw ScriptError(fmt::format("{} does not run", place));
  auto& client = clients_[who];
  if (!client)
    client = std::make_unique<Client>(cluster_.net(), cluster_.referee().ledger(), cluster_.scheduler(),
                                      "client of " + who);
  if (!client->open()) client->connect(place);
  return *client;
}

void Scenario::ask(const std::string& who, node::RequestBody body, Words& words) {
  auto asked = std::make_shared<Asked>();
  asked->command = line_;
  asked->token_name = words.option("as");
  words.done();
  if (sending_) asked->live = false;
  client(who).send(std::move(body), [this, asked](const node::Reply* reply) { answered(asked, reply); });
  if (sending_) return;
  if (!cluster_.run_until([&] { return asked->over; }, kPatience)) say("still waits");
  asked->live = false;
}

void Scenario::answered(const AskedPtr& asked, const node::Reply* reply) {
  std::string whose = asked->live ? "" : fmt::format("({}) ", asked->command);
  if (!reply) {
    asked->over = true;
    say(whose + "the connection is lost, the outcome is unknown");
    return;
  }
  asked->over = node::is_final(reply->body);
  if (auto token = token_of(reply->body); token && asked->token_name) tokens_[*asked->token_name] = *token;
  for (const std::string& line : reply_lines(reply->body)) say(whose + line);
}

std::optional<replication::Rung> Scenario::rung_option(Words& words) {
  auto text = words.option("ack");
  if (!text) return std::nullopt;
  auto rung = replication::parse_rung(*text);
  if (!rung) throw ScriptError(rung.error().message);
  return *rung;
}

/// The name of a token (`as=NAME` of an earlier write), or a token itself.
Token Scenario::token(const std::string& text) {
  if (auto named = tokens_.find(text); named != tokens_.end()) return named->second;
  auto token = parse_token(text);
  if (!token) throw ScriptError(token.error().message);
  return *token;
}

std::optional<Token> Scenario::after_option(Words& words) {
  auto text = words.option("after");
  if (!text) return std::nullopt;
  return token(*text);
}

void Scenario::put(Words& words) {
  std::string who = words.take("NODE");
  node::Write write;
  engine::Change change{engine::ChangeKind::kPut, words.take("TABLE"), words.take("KEY"),
                        words.take("VALUE")};
  write.changes.push_back(std::move(change));
  write.ack = rung_option(words);
  ask(who, std::move(write), words);
}

void Scenario::del(Words& words) {
  std::string who = words.take("NODE");
  node::Write write;
  write.changes.push_back({engine::ChangeKind::kDelete, words.take("TABLE"), words.take("KEY"), {}});
  write.ack = rung_option(words);
  ask(who, std::move(write), words);
}

/// batch NODE TABLE KEY=VALUE... -KEY...
void Scenario::batch(Words& words) {
  std::string who = words.take("NODE");
  std::string table = words.take("TABLE");
  node::Write write;
  write.ack = rung_option(words);
  while (auto word = words.take_if_any()) {
    size_t equals = word->find('=');
    if (word->starts_with('-'))
      write.changes.push_back({engine::ChangeKind::kDelete, table, word->substr(1), {}});
    else if (equals != std::string::npos)
      write.changes.push_back(
          {engine::ChangeKind::kPut, table, word->substr(0, equals), word->substr(equals + 1)});
    else
      throw ScriptError(fmt::format("'{}' is neither KEY=VALUE nor -KEY", *word));
  }
  ask(who, std::move(write), words);
}

/// fill NODE TABLE COUNT SIZE: so many puts of values of this size, one record each.
void Scenario::fill(Words& words) {
  std::string who = words.take("NODE");
  std::string table = words.take("TABLE");
  uint64_t count = script_size(words.take("COUNT")), size = script_size(words.take("SIZE"));
  struct Progress {
    uint64_t committed = 0, failed = 0, lost = 0;
    std::string first_failure;
    Token last;
  };
  auto progress = std::make_shared<Progress>();
  ++fills_;
  for (uint64_t i = 1; i <= count; ++i) {
    std::string value = fmt::format("{}.{}.", fills_, i);  // no two are equal
    value.resize(std::max<size_t>(size, value.size()), 'x');
    node::Write write;
    write.changes.push_back({engine::ChangeKind::kPut, table, fmt::format("k{}", i), std::move(value)});
    client(who).send(std::move(write), [progress](const node::Reply* reply) {
      if (!reply) {
        ++progress->lost;
      } else if (const auto* written = std::get_if<node::Written>(&reply->body)) {
        ++progress->committed;
        progress->last = *written->token;
      } else if (const auto* failed = std::get_if<node::Failed>(&reply->body)) {
        if (progress->failed++ == 0) progress->first_failure = failed->error.message;
      }
    });
  }
  cluster_.run_until([&] { return progress->committed + progress->failed + progress->lost == count; },
                     sending_ ? Duration(0) : kFillPatience);
  if (sending_) return;
  say(fmt::format("{} of {} committed, the last at {}", progress->committed, count,
                  to_string(progress->last)));
  if (progress->failed > 0) say(fmt::format("{} failed: {}", progress->failed, progress->first_failure));
  if (progress->lost > 0) say(fmt::format("{} unknown: the connection is lost", progress->lost));
}

void Scenario::get(Words& words) {
  std::string who = words.take("NODE");
  node::Get get;
  get.table = words.take("TABLE");
  get.key = words.take("KEY");
  get.after = after_option(words);
  ask(who, std::move(get), words);
}

void Scenario::scan(Words& words) {
  std::string who = words.take("NODE");
  node::Scan scan;
  scan.table = words.take("TABLE");
  scan.after = after_option(words);
  ask(who, std::move(scan), words);
}

void Scenario::trace(Words& words) {
  std::string who = words.take("NODE");
  node::GetTraces get;
  if (auto commits = words.take_if_any()) get.last = script_size(*commits);
  ask(who, get, words);
}

/// hello NAME to=NODE: the first words of a replica that does not exist, for what real ones do not say.
void Scenario::hello(Words& words) {
  replication::Hello hello;
  hello.name = words.take("NAME");
  auto to = words.option("to");
  if (!to || !cluster_.has(*to) || !cluster_.at(*to).up()) throw ScriptError("to= names no running node");
  hello.directory = DirectoryId{0xD1};
  hello.address = "nowhere:1";
  hello.cluster = cluster_.at(*to).status().cluster;
  if (auto cluster = words.option("cluster")) {
    hello.cluster.reset();
    if (*cluster == "other") hello.cluster = ClusterId{0xC1};
  }
  if (auto protocol = words.size_option("protocol")) hello.protocol = static_cast<uint32_t>(*protocol);
  if (auto end = words.option("end")) {
    auto lsn = parse_lsn(*end);
    if (!lsn) throw ScriptError(lsn.error().message);
    hello.end = *lsn;
    hello.timeline = TimelineId{1};
  }
  HandmadeLink link(cluster_.net(), "handmade " + hello.name);
  link.say(*to, hello);
  cluster_.run_until([&] { return link.over(); }, kPatience);
  for (const std::string& line : link.heard()) say(fmt::format("{} answers: {}", *to, line));
  link.close();
}

}  // namespace wallaby::sim
