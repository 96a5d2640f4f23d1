// replication/timeline_codec.h
//
// How a Timeline becomes Protobuf and back, for the two codecs that carry one: records in the log, and messages
// between nodes. Generated headers stay out of this one, so that only *_codec.cc files see them.
#pragma once

#include <expected>
#include <string>

#include "replication/log_events.h"

namespace wallaby::proto::cluster {
class Timeline;
}

namespace wallaby::replication {

void to_protobuf(const Timeline& timeline, proto::cluster::Timeline& to);
/// What is wrong with it, when it can be no timeline.
std::expected<Timeline, std::string> from_protobuf(const proto::cluster::Timeline& from);

}  // namespace wallaby::replication
