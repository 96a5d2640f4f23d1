// sim/teller.h
//
// An SQL client with a will of its own: runs one errand after the other (sim/errand.h), tries again when it lost, cancels, hangs up in
// the middle, loses patience. What it asks comes from its seed; whether the answers are right, SqlWatch judges.
//
// Owns its client. Threads: none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/errand.h"
#include "sim/referee.h"
#include "sim/sql_client.h"
#include "sim/tally.h"

namespace wallaby::sim {

struct TellerOptions {
  Place place;
  std::vector<Place> targets;  ///< one is chosen for each connection
  bool writes = true;
  Duration pause = std::chrono::milliseconds(20);  ///< between errands, about
  Duration think = std::chrono::milliseconds(2);   ///< between statements, about
  Duration patience = std::chrono::seconds(3);     ///< then it hangs up
  bool own_rungs = false, cancels = false, hangs_up = false;
};

class Teller {
 public:
  Teller(SimNet& net, Referee& referee, Scheduler& scheduler, Tally& tally, TellerOptions options,
         Random random)
      : referee_(referee),
        scheduler_(scheduler),
        tally_(tally),
        options_(std::move(options)),
        random_(random),
        client_(net, options_.place) {}

  /// Errands of its own choice, until stop().
  void start();
  void stop();
  /// These and no others, each until it has ended well; then done() is true.
  void run(std::vector<Errand> errands);
  bool done() const { return !busy() && given_.empty(); }

 private:
  bool busy() const { return errand_.has_value(); }
  void later(Duration pause);
  void act();
  void connect();
  void begin(Errand errand);
  bool next_errand();
  void next_operation();
  void send_next();
  void send(const ErrandLine& line);
  BankAsk ask_of(const ErrandLine& line, std::string text);
  std::string filled(std::string text) const;
  void answered(const ErrandLine& line, const SqlAnswer* answer);
  void done_well(const ErrandLine& line, const SqlAnswer& answer);
  void failed(const SqlAnswer& answer);
  void errand_over(bool well);
  void maybe_cancel();

  Referee& referee_;
  Scheduler& scheduler_;
  Tally& tally_;
  TellerOptions options_;
  Random random_;
  SqlClient client_;
  std::string session_;
  std::optional<replication::Rung> rung_;  ///< of this session
  uint64_t sessions_ = 0, operations_ = 0;
  bool stopped_ = false, opened_ = false, on_its_own_ = true;
  std::vector<Errand> given_;         ///< by run(), the next one last
  std::vector<std::string> indexes_;  ///< made, and not dropped yet

  // --- of the errand that is run ---
  std::optional<Errand> errand_;
  size_t next_ = 0;
  bool in_block_ = false;
  uint64_t tries_ = 0;
  SimTime since_{};  ///< when the statement was sent
  BankOperation operation_, savepoint_;
  std::vector<std::string> payments_, savepoint_payments_;
  std::map<int64_t, int64_t> seen_;    ///< balances
  std::optional<ErrandLine> retreat_;  ///< ROLLBACK, when the block has failed
  bool again_ = false;                 ///< and then the whole once more
};

}  // namespace wallaby::sim
