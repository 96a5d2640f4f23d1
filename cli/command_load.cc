// load: a file of rows into a table.
//
// Rows are put together into transactions of a thousand and more, and several of these are under way at a time, so that
// reading the file, the primary's work and its disk overlap.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/row_reader.h"

namespace wallaby::cli {
namespace {

using Clock = std::chrono::steady_clock;

// A record is closed when it has both of the first two, or one of the last two. The largest row (16 MiB) on top of the
// last still leaves it well below a record's limit of 64 MiB.
constexpr size_t kEnoughRows = 1000;
constexpr size_t kEnoughBytes = 256 << 10;
constexpr size_t kManyRows = 20'000;
constexpr size_t kManyBytes = 8 << 20;
constexpr size_t kUnderWay = 4;
constexpr size_t kReadAtOnce = 1 << 20;

struct LoadFileOptions {
  std::string table, file, format;
  bool header = false;
  std::optional<replication::Rung> ack;
};

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

class Loader {
 public:
  Loader(const Context& context, const LoadFileOptions& options, server::Client client, File file,
         RowFormat format)
      : context_(context),
        options_(options),
        client_(std::move(client)),
        file_(std::move(file)),
        rows_(format, options.header) {
    std::error_code no_size;
    if (std::filesystem::is_regular_file(options.file, no_size))
      size_ = std::filesystem::file_size(options.file, no_size);
    if (no_size) size_ = 0;
  }

  ExitStatus run() {
    while (!problem_) {
      auto more = fill();
      if (!more) {
        problem_ = more.error();
        break;
      }
      if (!changes_.empty()) send();
      if (!*more) break;
      while (!problem_ && under_way_ >= kUnderWay) take_reply();
    }
    // What was sent is answered for, also when a later line turned out to be bad.
    while (under_way_ > 0 && !lost_) take_reply();
    progress_.clear();
    return report();
  }

 private:
  /// Reads rows until a record is full; false at the end of the file.
  Result<bool> fill() {
    FileRow row;
    size_t bytes = 0;
    while (true) {
      auto found = rows_.next(row);
      if (found && *found) {
        engine::Change change{engine::ChangeKind::kPut, options_.table, std::move(row.key),
                              std::move(row.value)};
        if (auto fine = engine::check_change(engine::view_of(change)); !fine) return at_line(fine.error());
        bytes += change.key.size() + change.value.size();
        changes_.push_back(std::move(change));
        size_t count = changes_.size();
        if ((count >= kEnoughRows && bytes >= kEnoughBytes) || count >= kManyRows || bytes >= kManyBytes)
          return true;
        continue;
      }
      if (!found) return at_line(found.error());
      if (ended_) return false;
      chunk_.resize(kReadAtOnce);
      size_t got = interrupted() ? 0 : std::fread(chunk_.data(), 1, chunk_.size(), file_.get());
      if (interrupted()) return error(ErrorCode::kUnknownOutcome, "interrupted");
      if (got == 0 && std::ferror(file_.get()))
        return error(ErrorCode::kIo, "{} could not be read to its end", options_.file);
      if (got == 0) {
        ended_ = true;
        rows_.finish();
      } else {
        rows_.feed(std::string_view(chunk_).substr(0, got));
      }
    }
  }

  std::unexpected<Error> at_line(const Error& what) {
    changes_.clear();
    return error(what.code, "{}:{}: {}", options_.file, rows_.line(), what.message);
  }

  void send() {
    client_.send(node::Write{std::move(changes_), options_.ack});
    changes_.clear();
    ++under_way_;
    if (auto flushed = client_.flush(); !flushed) lose(flushed.error());
  }

  void take_reply() {
    auto reply = client_.receive();
    if (!reply) return lose(reply.error());
    if (const auto* notice = std::get_if<node::ClientNotice>(&reply->body)) {
      progress_.clear();
      tell(notice->text);
    } else if (auto* written = std::get_if<node::Written>(&reply->body)) {
      --under_way_;
      committed_ += written->rows;
      if (written->token) token_ = written->token;
    } else if (auto* failed = std::get_if<node::Failed>(&reply->body)) {
      --under_way_;
      if (!problem_) problem_ = failed->error;
    }
    progress_.show(committed_, rows_.consumed(), size_, Clock::now() - began_);
  }

  /// No more answers will come.
  void lose(const Error& why) {
    if (!problem_) problem_ = why;
    lost_ = true;
  }

  ExitStatus report() {
    Duration elapsed = Clock::now() - began_;
    double seconds = std::chrono::duration<double>(elapsed).count();
    if (context_.json) {
      Json json = Json::object();
      json.add("table", options_.table).add("rows", committed_).add("seconds", seconds);
      print_line((token_ ? json.add("token", to_string(*token_)) : json.add_null("token")).text());
    } else if (token_) {
      print_line(to_string(*token_));
    }
    if (problem_) {
      std::string unanswered =
          under_way_ > 0 ? fmt::format(", {} without an answer", counted(under_way_, "transaction")) : "";
      tell(fmt::format("wallaby: {}; {} committed{}", problem_->message, counted(committed_, "row"),
                       unanswered));
      return under_way_ > 0 ? ExitStatus::kUnknown : exit_status(problem_->code);
    }
    auto rate = static_cast<uint64_t>(static_cast<double>(committed_) / std::max(seconds, 1e-3));
    tell(fmt::format("loaded {} in {} ({} rows/s)", counted(committed_, "row"), to_human(elapsed),
                     human_count(rate)));
    return ExitStatus::kDone;
  }

  const Context& context_;
  const LoadFileOptions& options_;
  server::Client client_;
  File file_;
  RowReader rows_;
  uint64_t size_ = 0;  ///< of the file; 0: unknown
  std::string chunk_;
  bool ended_ = false;
  engine::Changes changes_;  ///< of the record being filled
  size_t under_way_ = 0;     ///< records sent and not answered
  bool lost_ = false;
  uint64_t committed_ = 0;
  std::optional<Token> token_;
  std::optional<Error> problem_;
  ProgressLine progress_;
  Clock::time_point began_ = Clock::now();
};

ExitStatus load(const Context& context, const LoadFileOptions& options) {
  bool csv = options.format == "csv" || (options.format.empty() && options.file.ends_with(".csv"));
  File file(options.file == "-" ? stdin : std::fopen(options.file.c_str(), "rb"));
  if (!file) return fail({ErrorCode::kNotFound, fmt::format("the file '{}' cannot be read", options.file)});
  auto client = context.connect();
  if (!client) return fail(client.error());
  return Loader(context, options, std::move(*client), std::move(file),
                csv ? RowFormat::kCsv : RowFormat::kTsv)
      .run();
}

}  // namespace

void add_load(CLI::App& app, Context& context) {
  auto options = std::make_shared<LoadFileOptions>();
  auto* command = app.add_subcommand("load", "Fill a table from a TSV or CSV file");
  command->add_option("TABLE", options->table)->required();
  command->add_option("FILE", options->file, "Two columns: key and value; - is stdin")->required();
  command
      ->add_option("--format", options->format,
                   "tsv or csv (default: csv for a name that ends in .csv, else tsv)")
      ->check(CLI::IsMember({"tsv", "csv"}))
      ->type_name("FORMAT");
  command->add_flag("--header", options->header, "The first row holds the columns' names: skip it");
  add_ack(command, options->ack);
  add_examples(
      command,
      R"(Rows are committed in transactions of a thousand and more, several of them under way at a time. A line that
cannot be read ends the load and is named; the rows of the transactions before it stay. Prints the last token.

TSV: KEY<tab>VALUE, escaped as `scan` prints it. CSV: as RFC 4180 says, "quoted" where a field holds commas or newlines.

  wallaby load cities cities.csv --header
  wallaby scan accounts | wallaby load copy -)");
  on_run(command, context, [options, &context] { return load(context, *options); });
}

}  // namespace wallaby::cli
