"""Where the hub's processor time goes: perf samples its stacks during one run of the whole flow; a flame graph and the dearest functions."""

import html
import re
import shutil
import subprocess
from collections import Counter

from . import flow
from .sinks import SmtpSink
from .world import Failed, Process, say, tail, wait_until

WIDTH, ROW, LEAST = 1400, 16, 0.4  # pixels; frames narrower than LEAST are left out


def fold(script):
    """perf script's text -> Counter of stacks, each a tuple from the thread's name to the innermost function."""
    stacks, frames, thread = Counter(), [], None
    for line in [*script, "\n"]:
        if line[:1].isspace() and line.strip():
            _, _, rest = line.strip().partition(" ")
            name, _, library = rest.rpartition(" (")
            frames.append(short(name) if "[unknown]" not in name else f"[{library.rstrip(')').rpartition('/')[2]}]")
        elif line.strip():
            thread, frames = line.strip(), []
        elif thread:
            stacks[(thread, *reversed(frames))] += 1
            thread = None
    return stacks


def short(name):
    """Without arguments and template parameters, which make names unreadable."""
    name = re.sub(r"\+0x[0-9a-f]+$", "", name).replace("(anonymous namespace)::", "")
    previous = None
    while previous != name:
        previous = name
        name = re.sub(r"<[^<>]*>|\([^()]*\)( const)?", "", name) if not name.startswith("operator") else name
    return name.rpartition(" ")[2] or previous or "?"


def tree_of(stacks):
    root = {"name": "all", "count": 0, "under": {}}
    for stack, count in stacks.items():
        node = root
        node["count"] += count
        for name in stack:
            node = node["under"].setdefault(name, {"name": name, "count": 0, "under": {}})
            node["count"] += count
    return root


def depth_of(node, scale):
    return 1 + max((depth_of(one, scale) for one in node["under"].values() if one["count"] * scale >= LEAST), default=0)


def svg(stacks, title):
    """Callers below, callees above; hovering over a frame tells its share."""
    root = tree_of(stacks)
    total = max(1, root["count"])
    scale = WIDTH / total
    height = (depth_of(root, scale) + 3) * ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" font-size="11">',
           f'<rect width="100%" height="100%" fill="#fffdf5"/><text x="8" y="14">{html.escape(title)}</text>']

    def draw(node, left, level):
        width = node["count"] * scale
        if width < LEAST:
            return
        y = height - (level + 1) * ROW
        tint = sum(node["name"].encode()) % 60
        label = html.escape(node["name"][: int(width / 6.8)]) if width > 20 else ""
        out.append(f'<g><title>{html.escape(node["name"])}: {node["count"] / total:.2%}</title>'
                   f'<rect x="{left:.1f}" y="{y}" width="{max(width - 0.3, 0.1):.1f}" height="{ROW - 1}" fill="rgb({215 + tint // 2},{110 + tint * 2},{60 + tint})"/>'
                   f'<text x="{left + 2:.1f}" y="{y + 11}">{label}</text></g>')
        for one in sorted(node["under"].values(), key=lambda one: one["name"]):
            draw(one, left, level + 1)
            left += one["count"] * scale

    draw(root, 0.0, 0)
    return "\n".join([*out, "</svg>", ""])


def dearest(stacks, how_many=25):
    """(share of itself, share with what it calls, function), by the former."""
    own, whole, total = Counter(), Counter(), max(1, sum(stacks.values()))
    for stack, count in stacks.items():
        own[stack[-1]] += count
        for name in set(stack[1:]):
            whole[name] += count
    return [(count / total, whole[name] / total, name) for name, count in own.most_common(how_many)]


def measure(build, folder, jobs, picture):
    if not shutil.which("perf"):
        raise Failed("perf is missing: packaging/install-deps bench")
    samples = folder / "perf.data"
    with SmtpSink(folder) as sink, flow.warm_hub(build, folder / "hub", sink) as (hub, wrk):
        # cpu-clock: virtual machines often have no hardware counters. dwarf: nothing here keeps frame pointers.
        words = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "250", "--call-graph", "dwarf,16384", "-o", samples, "-p", hub.pid]
        with Process(words, folder / "perf.log") as perf:
            wait_until(lambda: not perf.running() or samples.exists(), 20, lambda: "perf did not start")
            if not perf.running():
                raise Failed(f"perf may not sample here (as root, or with kernel.perf_event_paranoid <= 1):\n{tail(perf.log)}")
            figures = flow.deliver(hub, wrk, sink, jobs)
            perf.end(2)
    say("  reading the samples ...")
    done = subprocess.run(["perf", "script", "-i", samples, "-F", "comm,ip,sym,dso", "--no-inline"], capture_output=True, text=True, errors="replace", check=False)
    stacks = fold(done.stdout.splitlines(keepends=True))
    if not stacks:
        raise Failed(f"perf took no samples:\n{tail(perf.log)}{done.stderr[-2000:]}")
    picture.write_text(svg(stacks, f"messod, {jobs} jobs, {figures['hub_cpu_us_per_message']:.0f} us a message, {sum(stacks.values())} samples"))
    picture.with_suffix(".folded").write_text("".join(f"{';'.join(stack)} {count}\n" for stack, count in sorted(stacks.items())))
    threads = Counter()
    for stack, count in stacks.items():
        threads[stack[0]] += count
    say("\n  thread             share")
    for name, count in threads.most_common():
        say(f"  {name:<18} {count / sum(stacks.values()):6.1%}")
    say("\n  itself  with callees  function")
    for own, whole, name in dearest(stacks):
        say(f"  {own:6.1%} {whole:13.1%}  {name[:100]}")
    say(f"\n  {picture} (flame graph), {picture.with_suffix('.folded')} (its stacks)")
