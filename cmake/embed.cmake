# ccsup_embed(OUT FILES...): the texts that the program carries (prompts, the demo's pair, the shipped
# launch.conf) become one C file, so that an installed ccsup looks nowhere for them. See supervisor/sys/embedded.h.
function(ccsup_embed OUT)
  set(names "")
  foreach(f ${ARGN})
    list(APPEND names ${f})
  endforeach()
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${OUT}
    COMMAND ${CMAKE_COMMAND} -DOUT=${CMAKE_BINARY_DIR}/${OUT} -DROOT=${CMAKE_SOURCE_DIR} "-DFILES=${names}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed-run.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed-run.cmake VERBATIM)
endfunction()
