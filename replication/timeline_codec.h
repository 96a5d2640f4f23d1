// replication/timeline_codec.h
//
// How a Timeline, and the texts around it, become Protobuf and back, for the two codecs that carry them: records in the
// log, and messages between nodes. Generated headers stay out of this one, so that only *_codec.cc files see them.
#pragma once

#include <expected>
#include <string>

#include "replication/log_events.h"

namespace wallaby::proto::cluster {
class Timeline;
}

namespace wallaby::replication {

void to_protobuf(const Timeline& timeline, proto::cluster::Timeline& to);
/// A text that came from elsewhere, fit for a terminal and a log line: ASCII, what else there was as '?'.
std::string printable(std::string text);

/// What is wrong with it, when it can be no timeline.
std::expected<Timeline, std::string> from_protobuf(const proto::cluster::Timeline& from);

}  // namespace wallaby::replication
