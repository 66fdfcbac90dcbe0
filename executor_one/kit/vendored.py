"""Where the packages of static/vendor lie. frontend/vendor.py puts them there; a test compares the versions."""

VENDORED = {
    name: f"vendor/{folder}"
    for name, folder in {
        "alpine": "alpinejs-csp-3.17.4",
        "ansi_up": "ansi_up-6.0.6",
        "dagre": "dagrejs-dagre-3.1.3",
        "htmx": "htmx-4.0.1",
        "lucide-static": "lucide-static-0.545.0",
    }.items()
}
