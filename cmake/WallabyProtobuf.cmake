# Protobuf schemas to C++.
#
#   wallaby_protobuf(wallaby_proto_generated record.proto peer.proto)
#
# makes a static library of the generated code for the schemas of the calling folder. Generated headers are
# included with the folder's name, as "proto/record.pb.h", and schemas import each other in the same way. Only
# *_codec.cc files include them, so name the library in PRIVATE_DEPS: then no other library sees the headers.
#
# Schemas say `option optimize_for = LITE_RUNTIME;`: the lite library is a tenth of the size, and reflection is
# not needed by a codec.

set(WALLABY_PROTOBUF_DIR "${CMAKE_BINARY_DIR}/protobuf")

function(wallaby_protobuf name)
  file(MAKE_DIRECTORY "${WALLABY_PROTOBUF_DIR}")
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")

  set(schemas ${ARGN})
  list(TRANSFORM schemas PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  set(sources)
  foreach(schema ${schemas})
    get_filename_component(stem "${schema}" NAME_WE)
    set(out "${WALLABY_PROTOBUF_DIR}/${folder}/${stem}.pb")
    add_custom_command(
      OUTPUT "${out}.cc" "${out}.h"
      COMMAND protobuf::protoc "--cpp_out=${WALLABY_PROTOBUF_DIR}" "--proto_path=${CMAKE_SOURCE_DIR}" "${schema}"
      DEPENDS ${schemas} # all of them: a schema may import another
      COMMENT "Generating ${folder}/${stem}.pb.h"
      VERBATIM)
    list(APPEND sources "${out}.cc" "${out}.h")
  endforeach()

  add_library(${name} STATIC ${sources})
  target_include_directories(${name} SYSTEM PUBLIC "${WALLABY_PROTOBUF_DIR}")
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf-lite)
endfunction()
