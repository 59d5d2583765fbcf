; The library abroad.dylib:
;   llvm-mc -triple=arm64-apple-macos12 -filetype=obj macos.s -o macos.o
;   rust-lld -flavor darwin -arch arm64 -platform_version macos 12.0 12.0 -dylib -install_name abroad.dylib \
;       macos.o libSystem.tbd -o abroad.dylib
; where libSystem.tbd says that /usr/lib/libSystem.B.dylib has _connect and dyld_stub_binder
    .text
    .globl _call
    .p2align 2
_call:
    b _connect
    .section __TEXT,__const
    .globl _TENON_MANIFEST
_TENON_MANIFEST:
    .ascii "{\"id\":\"abroad\",\"name\":\"Plugin of Another System\",\"version\":\"1.0.0\",\"contract\":[1],\"sdk\":\"1.0.0\",\"build\":{\"rustc\":\"1.95.0\",\"target\":\"aarch64-apple-darwin\",\"panic\":\"unwind\"}}"
    .byte 0
    .globl _tenon_plugin_v1
    .p2align 3
_tenon_plugin_v1:
    .quad 1
