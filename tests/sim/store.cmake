# The store on a disk that fails.
add_executable(store_sim store_sim.c store_body.c store_books.c store_disk.c)
target_link_libraries(store_sim PRIVATE base check store)
add_test(NAME sim.store COMMAND store_sim)
set_tests_properties(sim.store PROPERTIES LABELS sim TIMEOUT 300)
