# cmake -DLIST=file -DOUT=file.c -P embed.cmake
# LIST holds lines "URL path|file"; OUT becomes the table of ui_asset.c: paths in order, content
# types, strong ETags by content, bytes.
file(STRINGS ${LIST} lines)
list(SORT lines COMPARE STRING)

set(bodies "")
set(rows "")
set(number 0)
foreach(line ${lines})
    string(REGEX MATCH "^([^|]+)\\|(.+)$" matched "${line}")
    set(path ${CMAKE_MATCH_1})
    set(file ${CMAKE_MATCH_2})
    if(path MATCHES "\\.html$")
        set(type "text/html; charset=utf-8")
    elseif(path MATCHES "\\.js$")
        set(type "text/javascript; charset=utf-8")
    elseif(path MATCHES "\\.css$")
        set(type "text/css; charset=utf-8")
    elseif(path MATCHES "\\.svg$")
        set(type "image/svg+xml")
    else()
        message(FATAL_ERROR "${path}: which content type is this?")
    endif()
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 32 hash)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "((0x[0-9a-f][0-9a-f],){20})" "\\1\n" bytes "${bytes}")
    string(APPEND bodies "static const unsigned char body_${number}[] = {\n${bytes}};\n\n")
    string(APPEND rows "    {\"${path}\", \"${type}\", \"\\\"${hash}\\\"\","
        " {body_${number}, sizeof(body_${number})}},\n")
    math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUT} "#include \"ui-static/ui_assets.h\"\n\n"
    "extern const struct ui_asset ui_asset_table[];\nextern const size_t ui_asset_table_count;\n\n"
    "${bodies}"
    "const struct ui_asset ui_asset_table[] = {\n${rows}};\n"
    "const size_t ui_asset_table_count = sizeof(ui_asset_table) / sizeof(ui_asset_table[0]);\n")
