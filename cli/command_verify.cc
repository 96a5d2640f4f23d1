// verify, salvage: is a data directory whole, and what if not?
#include <algorithm>
#include <cstdio>
#include <memory>
#include <sstream>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/offline.h"
#include "wal/salvage.h"
#include "wal/verify.h"

namespace wallaby::cli {
namespace {

struct DirectoryOptions {
  std::string path, against;
  bool yes = false;
};

/// What verify found out about one directory.
struct Verdict {
  OfflineDirectory directory;
  wal::VerifiedLog log;
  std::vector<std::string> damage;
  std::vector<std::string> notes;
};

/// The log at a checkpoint's position must carry the chain checksum that the checkpoint remembers.
void check_chain(const wal::Frame& frame, Verdict& verdict) {
  for (const engine::CheckpointSummary& checkpoint : verdict.directory.checkpoints) {
    const auto& header = checkpoint.header;
    bool differs =
        (frame.end == header.position && frame.header.checksum != header.chain_checksum) ||
        (frame.start == header.position && frame.header.previous_checksum != header.chain_checksum);
    std::string text =
        fmt::format("{} belongs to another history than the log", engine::checkpoint_path(header.position));
    // The record that ends there and the one that begins there say the same.
    if (differs && (verdict.damage.empty() || verdict.damage.back() != text))
      verdict.damage.push_back(std::move(text));
  }
}

void check_coverage(Verdict& verdict) {
  const auto& checkpoints = verdict.directory.checkpoints;
  if (checkpoints.empty() && verdict.log.first > Lsn{})
    verdict.damage.push_back(fmt::format("the log begins at {}, and no sound checkpoint says what was before",
                                         to_string(verdict.log.first)));
  if (!checkpoints.empty() && checkpoints.back().header.position < verdict.log.first)
    verdict.damage.push_back(
        fmt::format("the log begins at {}, behind the newest checkpoint", to_string(verdict.log.first)));
}

Result<Verdict> examine(const std::string& path) {
  auto directory = look_into(path);
  if (!directory) return std::unexpected(directory.error());
  Verdict verdict{.directory = std::move(*directory)};
  for (const Error& problem : verdict.directory.damaged_checkpoints)
    verdict.damage.push_back(problem.message);
  auto visit = [&verdict](const wal::Frame& frame) -> Result<void> {
    check_chain(frame, verdict);
    return {};
  };
  auto log = wal::verify_log(*verdict.directory.files, verdict.directory.evidence, visit);
  if (!log) return std::unexpected(log.error());
  verdict.log = std::move(*log);
  if (const auto* torn = std::get_if<wal::Torn>(&verdict.log.tail.judgement)) {
    verdict.notes.push_back(
        fmt::format("a torn tail: {} bytes in {} behind the log's end were never promised to be there; the "
                    "next start cuts them",
                    torn->bytes, torn->file));
  } else if (const auto* corrupt = std::get_if<wal::Corrupt>(&verdict.log.tail.judgement)) {
    verdict.damage.push_back(fmt::format("the log is damaged at {}, in {} at byte {}: {}",
                                         to_string(corrupt->at), corrupt->file, corrupt->offset,
                                         corrupt->why));
  }
  check_coverage(verdict);
  return verdict;
}

std::string log_range(const wal::VerifiedLog& log) {
  return fmt::format("{} to {}", to_string(log.first), to_string(log.tail.end));
}

void print_verdict(const std::string& path, const Verdict& verdict) {
  const node::Identity& identity = verdict.directory.identity;
  fmt::print("{}: {} {}, timeline {}, log {}, {} in {}\n", path, to_string(identity.role), identity.name,
             to_string(verdict.log.tail.timeline), log_range(verdict.log),
             counted(verdict.log.frames, "record"), counted(verdict.log.tail.segments.size(), "segment"));
  for (const engine::CheckpointSummary& checkpoint : verdict.directory.checkpoints)
    fmt::print("{}: checkpoint at {}, {}, {}\n", path, to_string(checkpoint.header.position),
               counted(checkpoint.rows, "row"), human_size(checkpoint.bytes));
  for (const std::string& note : verdict.notes) fmt::print("{}: {}\n", path, note);
  for (const std::string& damage : verdict.damage) fmt::print("{}: DAMAGED: {}\n", path, damage);
}

Json verdict_json(const std::string& path, const Verdict& verdict) {
  Json checkpoints = Json::array(), damage = Json::array(), notes = Json::array();
  for (const auto& checkpoint : verdict.directory.checkpoints)
    checkpoints.push(to_string(checkpoint.header.position));
  for (const auto& text : verdict.damage) damage.push(std::string_view(text));
  for (const auto& text : verdict.notes) notes.push(std::string_view(text));
  Json json = Json::object();
  json.add("directory", path)
      .add("role", to_string(verdict.directory.identity.role))
      .add("name", verdict.directory.identity.name);
  json.add("cluster", to_string(*verdict.directory.identity.cluster))
      .add("timeline", verdict.log.tail.timeline.value);
  json.add("first", verdict.log.first).add("end", verdict.log.tail.end).add("records", verdict.log.frames);
  json.add("end_checksum", fmt::format("{:016x}", verdict.log.tail.end_checksum));
  return json.add("checkpoints", checkpoints).add("notes", notes).add("damage", damage);
}

struct Comparison {
  Lsn from, to;
  std::string difference;  ///< empty: the same bytes
};

Result<Comparison> compare(const Verdict& a, const Verdict& b) {
  if (a.directory.identity.cluster != b.directory.identity.cluster)
    return Comparison{{}, {}, "they belong to different clusters"};
  auto compared = wal::compare_logs(*a.directory.files, a.log, *b.directory.files, b.log);
  if (!compared) return std::unexpected(compared.error());
  Comparison result{compared->from, compared->to, {}};
  bool anything = result.from < result.to || a.log.first == b.log.first;
  if (!anything)
    result.difference =
        fmt::format("their logs have no part in common: {} and {}", log_range(a.log), log_range(b.log));
  if (const auto& found = compared->first_difference)
    result.difference = fmt::format("they differ from {} on, in {} at byte {}: {}", to_string(found->at),
                                    found->file, found->offset, found->why);
  return result;
}

ExitStatus verify(const Context& context, const DirectoryOptions& options) {
  auto verdict = examine(options.path);
  if (!verdict) return fail(verdict.error());
  bool fine = verdict->damage.empty();
  Json json = verdict_json(options.path, *verdict);
  if (!context.json) print_verdict(options.path, *verdict);
  if (!options.against.empty()) {
    auto other = examine(options.against);
    if (!other) return fail(other.error());
    auto compared = compare(*verdict, *other);
    if (!compared) return fail(compared.error());
    fine = fine && other->damage.empty() && compared->difference.empty();
    Json pair = Json::object();
    pair.add("from", compared->from).add("common_end", compared->to).add("difference", compared->difference);
    json.add("against", verdict_json(options.against, *other)).add("comparison", pair);
    if (!context.json) {
      print_verdict(options.against, *other);
      if (compared->difference.empty()) {
        fmt::print("the logs are equal from {} to their common end {}\n", to_string(compared->from),
                   to_string(compared->to));
      } else {
        fmt::print("DIFFERENT: {}\n", compared->difference);
      }
    }
  }
  if (context.json) print_line(json.add("ok", fine).text());
  if (!context.json && fine) print_line("fine");
  return fine ? ExitStatus::kDone : ExitStatus::kNotFound;
}

void print_plan(const wal::SalvagePlan& plan) {
  fmt::print("damage: {} at byte {} (position {}): {}\n", plan.damage.file, plan.damage.offset,
             to_string(plan.damage.at), plan.damage.why);
  fmt::print("salvage would end the log at {}; it is known to have reached {}\n", to_string(plan.cut),
             to_string(plan.lost_until));
  fmt::print("lost with it: what is damaged, and at least {} behind it; {} go to {}/, nothing is destroyed\n",
             counted(plan.frames_lost, "whole record"), human_size(plan.bytes_lost), wal::kSalvagedDirectory);
  for (const std::string& path : plan.also_set_aside) fmt::print("set aside, too: {}\n", path);
  if (plan.mark_damaged)
    fmt::print("the mark is damaged: nothing tells how far this disk's log had to reach\n");
}

Json plan_json(const wal::SalvagePlan& plan) {
  Json aside = Json::array();
  for (const auto& path : plan.also_set_aside) aside.push(std::string_view(path));
  Json json = Json::object();
  json.add("file", plan.damage.file)
      .add("offset", plan.damage.offset)
      .add("at", plan.damage.at)
      .add("why", plan.damage.why);
  json.add("cut", plan.cut).add("lost_until", plan.lost_until).add("records_lost", plan.frames_lost);
  return json.add("bytes_lost", plan.bytes_lost)
      .add("also_set_aside", aside)
      .add("mark_damaged", plan.mark_damaged);
}

ExitStatus salvage(const Context& context, const DirectoryOptions& options) {
  if (auto there = find_directory(options.path); !there) return fail(there.error());
  auto lock = DirectoryLock::take(options.path);
  if (!lock) return fail(lock.error());
  auto directory = look_into(options.path);
  if (!directory) return fail(directory.error());
  auto plan = wal::plan_salvage(*directory->files, directory->evidence);
  if (!plan) return fail(plan.error());
  if (!*plan) {
    print_line(context.json ? Json::object().add("damaged", false).text()
                            : "nothing to salvage: the log is whole");
    return ExitStatus::kDone;
  }
  size_t kept = 0;
  for (const auto& checkpoint : directory->checkpoints) {
    bool stays = checkpoint.header.position <= (*plan)->cut;
    kept += stays ? 1 : 0;
    if (!stays) (*plan)->also_set_aside.push_back(engine::checkpoint_path(checkpoint.header.position));
  }
  auto segments = wal::list_segments(*directory->files);
  if (!segments) return fail(segments.error());
  if (kept == 0 && !segments->empty() && segments->front().first > Lsn{}) {
    return fail(
        {ErrorCode::kRefused,
         "no checkpoint lies before the damage, so what is left of the log cannot be used; clone this node "
         "again, as a replica in a new directory"});
  }
  if (!context.json) print_plan(**plan);
  if (options.yes) {
    if (auto done = wal::salvage(*directory->files, **plan); !done) return fail(done.error());
  }
  if (context.json) {
    print_line(plan_json(**plan).add("damaged", true).add("done", options.yes).text());
  } else if (options.yes) {
    fmt::print("done: the log ends at {}\n", to_string((*plan)->cut));
  } else {
    fmt::print("nothing was changed; with --yes it is done\n");
  }
  return ExitStatus::kDone;
}

}  // namespace

void add_verify(CLI::App& app, Context& context) {
  auto options = std::make_shared<DirectoryOptions>();
  auto* command = app.add_subcommand("verify", "Check a data directory; compare the logs of two");
  command->add_option("DIR", options->path, "A data directory")->required();
  command->add_option("--against", options->against, "Another node's: compare the logs byte for byte")
      ->type_name("DIR");
  add_examples(
      command,
      R"(Checks every record's checksums and the chain that they form, the segments and the checkpoints, and judges the
log's end as a start would. With --against the logs of two nodes must hold the same bytes from the later
beginning to the earlier end (the common end). Changes nothing. Exits with 1 when something is damaged or
different. On a running node the log's end moves while it is read: stop the node for the last word.

  wallaby verify p1
  wallaby verify r1 --against p1)");
  on_run(command, context, [options, &context] { return verify(context, *options); });
}

void add_salvage(CLI::App& app, Context& context) {
  auto options = std::make_shared<DirectoryOptions>();
  auto* command =
      app.add_subcommand("salvage", "The last way out of a damaged log: cut it where the damage begins");
  command->add_option("DIR", options->path, "A data directory that no server uses")->required();
  command->add_flag("--yes", options->yes, "Do it; without this, only say what would be lost");
  add_examples(
      command,
      R"(A replica gets what is cut off again from its primary; better still, clone it again. On a primary, commits that
clients were told of are lost: prefer a replica that holds them, if there is one. What is cut off is kept under
salvaged/.

  wallaby salvage p1
  wallaby salvage p1 --yes)");
  on_run(command, context, [options, &context] { return salvage(context, *options); });
}

}  // namespace wallaby::cli
