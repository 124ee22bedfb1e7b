# The runnable tree, laid out as installed: build/<preset>/stage. Always up to date after a build.
set(RB_STAGE "${CMAKE_BINARY_DIR}/stage")

# rb_stage(<target> [<folder below the stage>]): the target is built into the stage.
function(rb_stage target)
  set(folder "${RB_STAGE}/${ARGV1}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${folder}" LIBRARY_OUTPUT_DIRECTORY "${folder}")
endfunction()

# rb_stage_file(<file> <folder below the stage>): a file of the sources is copied there.
function(rb_stage_file file folder)
  get_filename_component(name "${file}" NAME)
  configure_file("${file}" "${RB_STAGE}/${folder}/${name}" COPYONLY)
endfunction()
