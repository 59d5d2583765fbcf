# The library abroad.dll:
#   llvm-mc -triple=x86_64-pc-windows-msvc -filetype=obj windows.s -o windows.o
#   printf 'LIBRARY ws2_32.dll\nEXPORTS\n  connect\n' > ws2_32.def
#   rust-lld -flavor link /lib /def:ws2_32.def /machine:x64 /out:ws2_32.lib
#   rust-lld -flavor link /dll /noentry /nodefaultlib /machine:x64 /export:TENON_MANIFEST,DATA \
#       /export:tenon_plugin_v1,DATA /export:call windows.o ws2_32.lib /out:abroad.dll /Brepro
    .text
    .globl call
call:
    jmpq *__imp_connect(%rip)
    .section .rdata,"dr"
    .globl TENON_MANIFEST
TENON_MANIFEST:
    .ascii "{\"id\":\"abroad\",\"name\":\"Plugin of Another System\",\"version\":\"1.0.0\",\"contract\":[1],\"sdk\":\"1.0.0\",\"build\":{\"rustc\":\"1.95.0\",\"target\":\"x86_64-pc-windows-msvc\",\"panic\":\"unwind\"}}"
    .byte 0
    .globl tenon_plugin_v1
    .p2align 3
tenon_plugin_v1:
    .quad 1
