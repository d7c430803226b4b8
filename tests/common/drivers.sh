# To be sourced by test scripts, in the root of the project: the Vulkan drivers that GPU tests run on. This is the one place
# that says how a driver is chosen.
#
#   $drivers                         their names, as they are in the names of their adapters
#   install_drivers                  installs what is missing, and fails where it cannot
#   on_driver NAME COMMAND...        runs a command for which it is the only driver; tests fail on any other adapter
#   under_validation COMMAND...      runs a command under the Khronos validation layer, whose first message ends a process
#
# Both compute on the processor. lavapipe is Mesa's: it computes in f64 and keeps subnormals, and its compiler is that of real
# GPUs. SwiftShader is Chromium's: it has no f64, flushes subnormals, and its built-in functions are others.
drivers="llvmpipe SwiftShader"

# Mesa prints a line about a missing runtime directory; this only switches off its adapter sorting.
[ -n "${XDG_RUNTIME_DIR:-}" ] || export NODEVICE_SELECT=1

# The file by which the loader finds a driver.
driver_file() {
    case $1 in
        llvmpipe) ls /usr/share/vulkan/icd.d/lvp_icd.*json 2>/dev/null | head -n 1 ;;
        SwiftShader) ls /usr/lib/chromium/vk_swiftshader_icd.json 2>/dev/null || true ;;
    esac
}

validation_layer() { ls /usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json 2>/dev/null || true; }

install_drivers() {
    local missing=()
    [ -n "$(driver_file llvmpipe)" ] || missing+=(mesa-vulkan-drivers)
    [ -n "$(driver_file SwiftShader)" ] || missing+=(chromium)
    [ -n "$(validation_layer)" ] || missing+=(vulkan-validationlayers)
    command -v spirv-val >/dev/null || missing+=(spirv-tools)
    [ ${#missing[@]} -eq 0 ] || install_packages libvulkan1 "${missing[@]}"
    local name
    for name in $drivers; do
        [ -n "$(driver_file "$name")" ] || { echo "error: still no Vulkan driver $name after the installation" >&2; return 1; }
    done
}

# On Debian and Ubuntu; elsewhere the packages have other names.
install_packages() {
    command -v apt-get >/dev/null || { echo "error: no apt-get here; install what is in Debian's packages $*" >&2; return 1; }
    local as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    echo "installing $*"
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends "$@"
}

# Loaders of 2022 and before know the second name alone.
on_driver() {
    local name=$1 file
    shift
    file=$(driver_file "$name")
    VK_DRIVER_FILES=$file VK_ICD_FILENAMES=$file ALPHASWEEP_GPU=require:$name "$@"
}

# The layer looks for its settings in a file. Its first message stops the process that it is about, in whatever test.
under_validation() {
    local settings=${CARGO_TARGET_DIR:-target}/validation
    mkdir -p "$settings"
    cat >"$settings/vk_layer_settings.txt" <<SETTINGS
khronos_validation.report_flags = error,warn,perf
khronos_validation.debug_action = VK_DBG_LAYER_ACTION_LOG_MSG,VK_DBG_LAYER_ACTION_BREAK
khronos_validation.log_filename = stdout
SETTINGS
    VK_LAYER_SETTINGS_PATH=$(realpath "$settings") VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation "$@"
}
