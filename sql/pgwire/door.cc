#include "sql/pgwire/door.h"

#include <utility>

#include "sql/pgwire/door_core.h"
#include "sql/session/services.h"

namespace wallaby::sql::pgwire {

struct Door::State final : DoorServices {
  State(DoorOptions options, node::Backend& backend, Entropy entropy)
      : services(backend), core(options, *this, entropy) {
    services.entropy = std::move(entropy);
  }

  SqlResult<std::shared_ptr<const Catalog>> catalog() override {
    auto view = services.backend.visible_view();
    if (!view)
      return sql_error("57P03", "the database system is not yet accepting connections")
          .detail("{}", view.error().message);
    return services.catalogs.of(DataSource(*view));
  }
  SqlResult<std::unique_ptr<Session>> open_session(TimePoint now, SessionStart start,
                                                   ClientChannel& client) override {
    return make_session(now, services, std::move(start), client);
  }

  SqlServices services;  // before the connections, whose sessions use it to their end
  DoorCore core;
};

Door::Door(TimePoint, DoorOptions options, node::Backend& backend, Entropy entropy)
    : state_(std::make_unique<State>(options, backend, std::move(entropy))) {}

Door::~Door() = default;

void Door::step(TimePoint now, const node::NodeEvent& event) {
  state_->core.step(now, event);
}

std::vector<node::NodeOutput> Door::take_outputs(TimePoint now) {
  return state_->core.take_outputs(now);
}

TimePoint Door::next_deadline() const {
  return state_->core.next_deadline();
}

bool Door::owns(node::ConnectionId connection) const {
  return state_->core.owns(connection);
}

}  // namespace wallaby::sql::pgwire
