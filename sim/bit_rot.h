// sim/bit_rot.h
//
// Damage at rest. A flipped bit inside what was flushed cannot be survived by the node that has it: it must be noticed
// and refused, never served. So it is done to a copy of a disk, beside the life, and only its opening is judged.
//
//   in the log, from the older checkpoint on and below the mark     must refuse, as corrupt
//   anywhere else                                                    may refuse; what opens must be the log's true state
#pragma once

#include "base/random.h"
#include "sim/canon.h"
#include "sim/host.h"

namespace wallaby::sim {

/// Throws BrokenPromise. False: there was nothing to damage.
bool flip_a_bit_beside(Host& host, const Canon& canon, Random& random);

}  // namespace wallaby::sim
