// The same random statements to two nodes: on one, literals become parameters; on the other they stay in their texts. Both must say the
// same, down to an error's position, and end with the same tables. LITERALS_SEEDS=3000 in the environment makes it a long run.
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "base/random.h"
#include "sql/types/utf8.h"
#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

/// name = alternative ~ alternative ~ ...; 3x before one: it stands for three. $name is one of that name's.
constexpr std::string_view kGrammar = R"(
statement = 9x $start$insert$end ~ 8x $start$select$end ~ 4x $start$update$end ~ 2x $start$delete$end ~ 2x $control ~ $definition
start = 6x ~ $blank
end = 9x ~ 5x ; ~ ; ~ $blank;$blank ~ ;; ~ ; SELECT 1
blank = \n ~ \t ~ \r\n ~ \s\s ~ \s\f ~ \v ~ /* c */ ~ -- c\n
control = BEGIN ~ BEGIN ~ COMMIT ~ ROLLBACK ~ SAVEPOINT s ~ ROLLBACK TO s ~ SET default_transaction_read_only = on
    ~ 3x SET default_transaction_read_only = off ~ SET application_name = $s ~ SET TimeZone = 'UTC'
definition = ALTER TABLE wide DROP COLUMN v ~ ALTER TABLE wide ADD COLUMN v int ~ ALTER TABLE wide ADD COLUMN v varchar(5)
    ~ TRUNCATE made ~ DROP INDEX wide_n2_n8_idx ~ CREATE INDEX ON wide (n2, n8) ~ $remake
remake = BEGIN; DROP TABLE "order"; CREATE TABLE "order" ("a b" text PRIMARY KEY, "Nr" smallint, id int); COMMIT
    ~ BEGIN; DROP TABLE "order"; CREATE TABLE "order" ("a b" varchar(3) PRIMARY KEY, "Nr" text, id text); COMMIT
select = SELECT $targets FROM $table$where$sorted$limit
targets = 4x * ~ 3x $column, $column ~ count(*), max($column) ~ DISTINCT $column ~ $i, $column
where = \sWHERE $condition ~ 5x \sWHERE $comparison ~
condition = $comparison AND $comparison ~ $comparison OR $condition ~ ($condition) AND $comparison
comparison = 8x $column$sign$literal ~ $literal$sign$column ~ $column BETWEEN $literal AND $literal ~ NOT $comparison
    ~ $column NOT BETWEEN SYMMETRIC $literal AND $literal ~ $column$sign$like ~ $column IN ($literal, $literal) ~ $column IS NULL
    ~ $column LIKE $s ~ $column + $i = 3 ~ $column IN (SELECT n FROM made) ~ EXISTS (SELECT 1 FROM made WHERE n = $column)
sign = \s=\s ~ = ~ \s<>\s ~ \s<\s ~ <= ~ \s>\s ~ >= ~ !=
sorted = 3x ~ \sORDER BY $column ~ \sORDER BY $column DESC ~ \sORDER BY $column, 1
limit = 5x ~ \sLIMIT $i ~ \sFETCH FIRST $i ROWS ONLY ~ \sLIMIT $i OFFSET $i ~ \sOFFSET $i ROWS ~ \sLIMIT $odd ~ \sFOR UPDATE
insert = 9x INSERT INTO $table $rows$conflict$returning ~ INSERT INTO made (u, n) SELECT v, n2 FROM wide$conflict
override = 9x ~ \sOVERRIDING SYSTEM VALUE ~ \sOVERRIDING USER VALUE
order = 9x ~ 9x ~ 9x ~ \sORDER BY 1 ~ \sORDER BY column1 ~ \sLIMIT $i
conflict = 5x ~ 3x \sON CONFLICT DO NOTHING ~ \sON CONFLICT ($first) DO UPDATE SET $upsert$where
upsert = $assignment ~ $column = $table.$same$computing$literal ~ $column = $literal$computing$excluded
excluded = excluded.$same
update = UPDATE $table SET $assignments$where$returning
assignments = 3x $assignment ~ $assignment, $assignments
assignment = 2x $column = $literal ~ $column = $like$computing$literal ~ $column = $literal$computing$like
computing = \s+\s ~ \s-\s ~ - ~ \s*\s ~ \s/\s ~ \s%\s ~ 4x \s||\s
returning = 4x ~ \sRETURNING * ~ \sRETURNING $column
delete = DELETE FROM $table WHERE $comparison$returning
i = 9x 1 ~ 9x 2 ~ 9x 3 ~ 9x 4 ~ 9x -5 ~ 9x '6' ~ 6x $large
large = - 5 ~ 007 ~ 32767 ~ 32768 ~ -32769 ~ 2147483647 ~ -2147483647 ~ 2147483648 ~ -2147483648 ~ 2147483649 ~ 5000000000
    ~ 9223372036854775807 ~ -9223372036854775807 ~ 9223372036854775808 ~ ' 4 ' ~ -'2' ~ (2) ~ (-(3)) ~ 0 ~ -0
f = 0 ~ 1 ~ -2 ~ '2.5' ~ 3 ~ 1.5 ~ 'NaN' ~ '-0' ~ 3000000000 ~ '1e400' ~ -'1e3'
b = 't' ~ 'f' ~ 'yes' ~ 'off' ~ TRUE ~ 'maybe' ~ 1
s = 4x 'a' ~ 4x 'b' ~ 4x 'c' ~ 'ab  ' ~ '' ~ 3x 'it''s' ~ 'ünï' ~ 'longer than it' ~ 'a;b' ~ '--' ~ '$1' ~ '\' ~ 'a\nb' ~ 5 ~ -6 ~ 'abcde     '
x = 3x '\x00ff' ~ 'a\\b' ~ '\xg' ~ 'abc' ~ '\x'
d = 3x '2020-01-01' ~ 3x '2020-01-02 10:00:00' ~ '2020-01-01 10:00:00+02' ~ 'infinity' ~ 'now' ~ 'epoch' ~ '2020-02-30' ~ '1 day' ~ 5
j = '{"a": 1, "a":2}' ~ '[1, "x"]' ~ 'null' ~ '"a"' ~ '5' ~ '{' ~ 5
odd = NULL ~ DEFAULT ~ E'a\n' ~ B'1' ~ date '2020-01-01' ~ 5::bigint ~ '5'::text ~ now() ~ 1+1 ~ +5 ~ - -5 ~ 't' 'u' ~ 't'\n'u' ~ $1
    ~ 1_0 ~ 0x1F ~ n ~ U&'a' ~ ''::varchar(2) ~ $i ~ $f ~ $b ~ $s ~ $x ~ $d ~ $j
spoiler = \s ~ ' ~ " ~ $ ~ - ~ -- ~ /* ~ ; ~ \ ~ . ~ 5 ~ e ~ E ~ ( ~ ) ~ , ~ = ~ < ~ :: ~ ü ~ + ~ & ~ [1] ~ \sAND\s ~ \sNOT\s ~ $1 ~ @
)";

struct Relation {
  std::string_view name;
  std::vector<std::string_view> fields;  ///< with the rule for literals that suit it
};
const std::vector<Relation> kRelations{
    {"wide",
     {"i id", "i n2", "i n8", "f f", "b b", "s t", "s v", "s c", "x x", "d d", "d ts", "d tz", "j j", "i s"}},
    {"made", {"s u", "i n", "d tz"}},
    {"\"order\"", {"s \"a b\"", "i \"Nr\"", "i id"}},
    {"native", {"s key", "s value"}},
    {"public.made", {"i k", "s u", "i n"}}};
constexpr std::string_view kDefinitions = R"(
CREATE TABLE wide (id int PRIMARY KEY, n2 smallint, n8 bigint, f float8, b bool, t text, v varchar(5), c char(4), x bytea,
  d date, ts timestamp, tz timestamptz, j jsonb, s serial);
CREATE INDEX ON wide (n2, n8);
CREATE INDEX ON wide (v);
CREATE TABLE made (k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, u varchar(8) UNIQUE, n int NOT NULL DEFAULT 7,
  tz timestamptz DEFAULT now());
CREATE TABLE "order" ("a b" text PRIMARY KEY, "Nr" smallint, id int))";

/// Makes statements with marks where literals are to be; filled in anew, one is sent several times in the same shape.
class Statements {
 public:
  explicit Statements(uint64_t seed) : random_(seed) { read_grammar(); }

  std::string next() {
    if (known_.size() < 20 || random_.chance(30)) {
      relation_ = &kRelations[random_.below(random_.chance(50) ? 2 : kRelations.size())];
      known_.push_back(made("statement"));
    }
    std::string text = filled(known_[random_.below(known_.size())]);
    if (!random_.chance(5)) return text;
    size_t at = random_.below(text.size());
    if (random_.chance(30)) text.erase(at, random_.between(1, 3));
    return text.insert(std::min(at, text.size()), made("spoiler"));
  }
  /// By another client; mostly nothing.
  std::string meanwhile() { return random_.chance(4) ? made("definition") : ""; }

 private:
  std::string filled(std::string_view shape) {
    std::string text;
    for (size_t at = 0; at < shape.size(); ++at) {
      if (shape[at] == '\x01') {
        ++at;
        text += filled(made(random_.chance(3) ? "odd" : shape.substr(at, 1)));
      } else {
        text += shape[at] == ' ' && random_.chance(1.5) ? made("blank") : std::string(1, shape[at]);
      }
    }
    return text;
  }

  void read_grammar() {
    std::vector<std::string>* rule = nullptr;
    for (std::string_view rest = kGrammar.substr(1); !rest.empty();) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      size_t name = line.find(' ');
      if (name > 0) rule = &grammar_[line.substr(0, name)];
      size_t at = name > 0 ? name + 2 : line.find('~') + 1;
      for (size_t end = 0; at <= line.size(); at = end + 2) {
        end = std::min(line.find(" ~", at), line.size());
        add(*rule, line.substr(at, end - at));
      }
    }
  }
  /// " 3x $assignment"
  static void add(std::vector<std::string>& rule, std::string_view text) {
    text.remove_prefix(std::min<size_t>(1, text.size()));
    size_t times = 1;
    if (text.size() >= 2 && text[1] == 'x' && is_digit(text[0]) && text[0] != '0') {
      times = static_cast<size_t>(text[0] - '0');
      text.remove_prefix(std::min<size_t>(3, text.size()));
    }
    std::string out;
    for (size_t at = 0; at < text.size(); ++at) {
      constexpr std::string_view kEscapes = "ntrsfv", kMeant = "\n\t\r \f\v";
      size_t found = text[at] == '\\' && at + 1 < text.size() ? kEscapes.find(text[at + 1]) : text.npos;
      out += found == text.npos ? text[at] : kMeant[(++at, found)];
    }
    rule.insert(rule.end(), times, out);
  }

  std::string made(std::string_view rule) {
    const std::vector<std::string>& choices = grammar_.at(rule);
    std::string_view chosen = choices[random_.below(choices.size())];
    std::string out;
    for (size_t at = 0, end = 0; at < chosen.size(); at = end) {
      end = at + 1;
      while (chosen[at] == '$' && end < chosen.size() && is_letter(chosen[end])) ++end;
      out += end > at + 1 ? named(chosen.substr(at + 1, end - at - 1)) : std::string(1, chosen[at]);
    }
    return out;
  }
  /// What depends on the table; the rest is the grammar's.
  std::string named(std::string_view name) {
    const auto& fields = relation_->fields;
    if (name == "table") return std::string(relation_->name);
    if (name == "first") return std::string(fields[0].substr(2));
    if (name == "column") field_ = fields[random_.below(fields.size())];
    if (name == "column" || name == "same") return std::string(field_.substr(2));
    if (name == "literal") return {'\x01', field_[0]};
    if (name.size() == 1) return {'\x01', name[0]};
    while (name == "like")
      if (auto other = fields[random_.below(fields.size())]; other[0] == field_[0])
        return std::string(other.substr(2));
    return name == "rows" ? rows() : made(name);
  }
  /// "(id, t) VALUES (1, 'a'), (2, 'b')"
  std::string rows() {
    std::vector<std::string_view> into;
    for (const auto& each : relation_->fields)
      if (&each == relation_->fields.data() || random_.chance(40)) into.push_back(each);
    std::string columns, values;
    for (std::string_view each : into) columns += (columns.empty() ? "" : ", ") + std::string(each.substr(2));
    do {
      values += values.empty() ? "(" : ", (";
      for (std::string_view each : into) values += std::string{'\x01', each[0]} + ", ";
      values.replace(values.size() - 2, 2, ")");
    } while (random_.chance(25));
    return "(" + columns + ")" + made("override") + " VALUES " + values + made("order");
  }

  Random random_;
  std::map<std::string_view, std::vector<std::string>> grammar_;
  const Relation* relation_ = &kRelations[0];
  std::string_view field_ = kRelations[0].fields[0];  ///< named last
  std::vector<std::string> known_;
};

/// One node with two clients.
struct Side {
  explicit Side(bool keep_literals) {
    client.keep_literals = keep_literals;
    engine::Changes native{{engine::ChangeKind::kCreateTable, "native", {}, {}}};
    backend.store.apply(backend.store.applied() + 8, engine::views_of(native));
    backend.store.set_visible(backend.store.applied());
    EXPECT_TRUE(client.run(kDefinitions).ends_with("CREATE TABLE"));
  }

  /// All that the client and its neighbours can see of it. What the other client does meanwhile is in the log, but not visible yet.
  std::string told(const std::string& text, const std::string& meanwhile) {
    client.error.reset();
    client.columns.clear();
    client.notices.clear();
    backend.hold = !meanwhile.empty();
    bool waits = backend.hold && other.run(meanwhile).ends_with("...");
    std::string all = client.run(text);
    if (backend.hold) {
      backend.release(client.now);
      if (waits) other.resume();
      if (all.ends_with("...") && client.portal) all += client.resume();
      client.session->finish(client.now);
    }
    for (const ResultColumn& each : client.columns)
      all += fmt::format("\n  {} {} of {}.{}", each.name, to_string(each.type), each.table, each.attribute);
    ErrorFields error = client.error ? client.error->fields() : ErrorFields{};
    all += fmt::format("\n  at {}: {} {} {}.{} {}", error.position, error.detail, error.hint, error.table,
                       error.column, error.constraint);
    for (const std::string& notice : client.notices) all += "\n  " + notice;
    const SessionActivity& activity = *services.sessions.at(1);
    return all + "\n  " + client.status() + " " + activity.state + ": " + activity.query;
  }

  FakeBackend backend;
  SqlServices services{backend};
  TestClient client{services, 1}, other{services, 2};
};

TEST(LiteralsAtRandom, nobody_notices) {
  const char* wanted = std::getenv("LITERALS_SEEDS");
  size_t seeds = wanted ? std::stoul(wanted) : 10, shared = 0, good = 0;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    Side ordinary(true), plain(false);
    Statements statements(seed);
    for (int i = 0; i < 400; ++i) {
      std::string text = statements.next(), meanwhile = statements.meanwhile();
      if (ordinary.client.status() == 'E' && i % 3 == 0) text = "ROLLBACK";
      std::string expected = ordinary.told(text, meanwhile);
      ASSERT_EQ(plain.told(text, meanwhile), expected)
          << "seed " << seed << ", statement " << i << ", with \"" << meanwhile << "\": " << text;
      shared += plain.client.with_parameters;
      good += plain.client.with_parameters && !plain.client.error;
    }
    for (const Relation& each : kRelations) {
      std::string text = fmt::format("ROLLBACK; SELECT * FROM {}", each.name);
      ASSERT_EQ(plain.told(text, ""), ordinary.told(text, "")) << "seed " << seed;
    }
  }
  if (wanted) fmt::print("{} shared a plan, {} of them succeeded\n", shared, good);
  EXPECT_GT(shared, seeds * 75);
  EXPECT_GT(good, seeds * 50);
}

}  // namespace
}  // namespace wallaby::sql
