# Mbed TLS, compiled by us with agent/net/tls_config.h: docs/adr/0003-tls.md says why.  The target is
# `mbedtls`; nobody but agent/net/tls.c links it.

thaw_source(mbedtls trixie 3.6 root)

# What our configuration leaves empty is not listed.
set(sources
    aes.c aesce.c aesni.c asn1parse.c asn1write.c bignum.c bignum_core.c block_cipher.c chacha20.c
    chachapoly.c cipher.c cipher_wrap.c constant_time.c ecdh.c ecdsa.c ecp.c ecp_curves.c gcm.c hkdf.c
    md.c memory_buffer_alloc.c mps_reader.c mps_trace.c oid.c pk.c pk_ecc.c pk_wrap.c pkparse.c
    platform.c platform_util.c poly1305.c psa_crypto.c psa_crypto_aead.c psa_crypto_cipher.c
    psa_crypto_client.c psa_crypto_driver_wrappers_no_static.c psa_crypto_ecp.c psa_crypto_hash.c
    psa_crypto_mac.c psa_crypto_pake.c psa_crypto_rsa.c psa_crypto_slot_management.c psa_util.c rsa.c
    rsa_alt_helpers.c sha256.c sha512.c ssl_ciphersuites.c ssl_client.c ssl_debug_helpers_generated.c
    ssl_msg.c ssl_tls.c ssl_tls12_client.c ssl_tls13_client.c ssl_tls13_generic.c ssl_tls13_keys.c
    x509.c x509_crt.c)
list(TRANSFORM sources PREPEND ${root}/library/)

add_library(mbedtls STATIC ${sources})
target_include_directories(mbedtls SYSTEM PUBLIC ${root}/include)
target_include_directories(mbedtls PRIVATE ${root}/library)
target_compile_definitions(mbedtls PUBLIC MBEDTLS_CONFIG_FILE="net/tls_config.h")
target_include_directories(mbedtls PUBLIC ${CMAKE_BINARY_DIR}/include/agent_net)
# Its warnings are its authors'.  A function a section: most of each file is not for us.
target_compile_options(mbedtls PRIVATE -w -ffunction-sections -fdata-sections
    $<$<C_COMPILER_ID:GNU>:-Wno-jump-misses-init>)

# A handshake spends its time here: these are worth some bytes in the build for size.
set(hot bignum.c bignum_core.c ecp.c ecp_curves.c sha256.c sha512.c chacha20.c poly1305.c aesni.c aesce.c
    gcm.c)
list(TRANSFORM hot PREPEND ${root}/library/)
set_source_files_properties(${hot} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:MinSizeRel>:-O2>")

# Its assembler jumps to labels with numbers, which do not survive link-time optimisation.
set_property(SOURCE ${root}/library/aesni.c APPEND PROPERTY COMPILE_OPTIONS -fno-lto)
