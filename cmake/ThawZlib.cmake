# zlib, compiled by us for the static agent: the compressed format alone, without the frame of gzip, files
# and a heap.  The target is `zlib`; nobody but agent/gzip/gzip.c links it.

thaw_source(zlib bookworm 1.2.13 root)
foreach(name adler32 deflate inffast inflate inftrees trees zutil)
    list(APPEND sources ${root}/${name}.c)
endforeach()
add_library(zlib STATIC ${sources})
target_include_directories(zlib SYSTEM PUBLIC ${root})
# Z_SOLO: memory comes from whoever calls.  BUILDFIXED: a table is made when it is first needed.  Its
# warnings are its authors'.
target_compile_definitions(zlib PUBLIC Z_SOLO PRIVATE NO_GZIP BUILDFIXED HAVE_MEMCPY HAVE_HIDDEN)
target_compile_options(zlib PRIVATE -w -include string.h)
