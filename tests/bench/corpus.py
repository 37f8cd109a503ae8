"""Deterministic generator of a realistic tree of Claude Code transcripts, with an oracle.

    python tests/bench/corpus.py --out DIR --size 100M [--seed 1] [--mean-file 700K] [--days 120]

writes DIR/projects/<slug>/<session-uuid>.jsonl and
DIR/projects/<slug>/<session-uuid>/subagents/agent-<hex>.jsonl and DIR/oracle.json (also summarised on stdout).
Stdlib only; same (seed, size, mean-file, days, end, version of this file) => byte-identical tree.

Shape (from public issue threads, parsers and fixtures; no tool's code is copied):
  * line types user / assistant / system / summary / attachment / file-history-snapshot; median line ~1.5 KB,
    lognormal tool results with a tail above 200 KB, base64 images of 100-800 KB
  * assistant lines: message.id, requestId, model, usage{input_tokens, cache_creation_input_tokens,
    cache_read_input_tokens, output_tokens, cache_creation{ephemeral_5m/1h}, service_tier, ...}; the usage object comes
    AFTER the content, `"type":"assistant"` after the message
  * streaming: one API response = 1-4 lines (one per content block) with the same message.id + requestId, where
    output_tokens grows and the other counters stay the same
  * resumed sessions: a new file that starts with a copy of an earlier file's lines (sessionId rewritten, ids kept)
  * subagent files (isSidechain, agentId); a few of them replay parent messages under NEW requestIds (the /btw case)
  * <synthetic> model lines with zero usage; lines without requestId (gateways); user lines of the Task tool whose
    toolUseResult carries an unescaped "usage" object that must NOT be counted
  * malformed lines: cut in the middle, two lines run together, NUL padding, an unterminated last line

Oracle rule (the one ccusage documents in PRs 985, 1155, 1661 and issues 797/901/938): a response is identified by
(message.id, requestId), by message.id within the session if requestId is absent; of several lines the one with the
most tokens counts, dated by its own timestamp (UTC); a sidechain line replaying a parent's message.id under another
requestId is not counted again; <synthetic> counts nothing. The variants in oracle.json say what other rules would
give, so that a peer's figure can be matched to the rule it follows:
  naive            every well-formed assistant line is added
  first_wins       first line of (message.id, requestId) counts; without requestId never deduplicated  (ccusage <= 18)
  first_wins_mid   the same, but message.id alone when requestId is absent
  max_pair         largest line of (message.id, requestId); without requestId never deduplicated
  max_mid          largest line of (message.id, requestId or ""): replays under a new requestId counted again
  oracle           the rule above (equals: largest line per message.id in this corpus)
"""

import argparse
import base64
import bisect
import datetime as dt
import json
import math
import os
import random
import sys

MODELS = [
    ("claude-opus-4-5-20251101", 46),
    ("claude-sonnet-4-5-20250929", 34),
    ("claude-haiku-4-5-20251001", 14),
    ("claude-opus-4-1-20250805", 6),
]
FIELDS = ("input", "cache_creation", "cache_read", "output")
VARIANTS = ("naive", "first_wins", "first_wins_mid", "max_pair", "max_mid", "oracle")


def parse_size(s):
    m = {"K": 10**3, "M": 10**6, "G": 10**9}
    return int(float(s[:-1]) * m[s[-1].upper()]) if s[-1].upper() in m else int(s)


class Pool:
    """A few MB of JSON-escaped text; slices start and end at whole escaped lines."""

    def __init__(self, rng):
        words = [
            "def",
            "return",
            "self",
            "import",
            "from",
            "class",
            "if",
            "else",
            "for",
            "while",
            "try",
            "except",
            "with",
            "open",
            "path",
            "json",
            "load",
            "dump",
            "print",
            "assert",
            "test",
            "config",
            "value",
            "token",
            "usage",
            "model",
            "data",
            "result",
            "error",
            "line",
            "file",
            "read",
            "write",
            "async",
            "await",
            "const",
            "let",
            "function",
            "export",
            "interface",
            "type",
            "string",
            "number",
            "null",
            "true",
            "false",
            "void",
            "struct",
            "impl",
            "fn",
            "pub",
            "use",
            "mod",
            "match",
            "Some",
            "None",
            "Ok",
            "Err",
            "the",
            "and",
            "with",
            "that",
            "this",
            "from",
            "into",
            "when",
            "which",
            "should",
            "must",
        ]
        uni = ["—", "→", "✓", "é", "ü", "日本", "│", "…", "😀"]
        out, offs, n = [], [0], 0
        for _ in range(60000):
            k = rng.randrange(2, 14)
            w = [rng.choice(words) for _ in range(k)]
            r = rng.random()
            if r < 0.25:
                w[0] = '"' + w[0] + '":'
            elif r < 0.30:
                w.append('{"usage": {"input_tokens": %d}}' % rng.randrange(9999))
            elif r < 0.36:
                w.append(rng.choice(uni))
            elif r < 0.42:
                w.insert(0, "C:\\temp\\x%d" % rng.randrange(99))
            line = "    " * rng.randrange(0, 4) + " ".join(w)
            if rng.random() < 0.12:
                line = "%6d→" % rng.randrange(1, 2000) + line
            b = json.dumps(line + "\n", ensure_ascii=False)[1:-1].encode()
            out.append(b)
            n += len(b)
            offs.append(n)
        self.buf, self.offs = b"".join(out), offs
        self.b64 = base64.b64encode(rng.randbytes(1_500_000))

    def text(self, rng, n):
        if n <= 0:
            return b""
        n = min(n, len(self.buf) // 2)
        a = self.offs[rng.randrange(0, len(self.offs) // 2)]
        i = bisect.bisect_left(self.offs, a + n)
        return self.buf[a : self.offs[min(i, len(self.offs) - 1)]]

    def image(self, rng, n):
        a = rng.randrange(0, len(self.b64) - n)
        return self.b64[a : a + n // 4 * 4]


def hexid(rng, n):
    return ("%0*x" % (n, rng.getrandbits(4 * n))).encode()


def uuid(rng):
    h = "%032x" % rng.getrandbits(128)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}".encode()


B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def b58(rng, n):
    v, out = rng.getrandbits(6 * n), []
    for _ in range(n):
        v, r = divmod(v, 58)
        out.append(B58[r])
    return "".join(out).encode()


def lognorm(rng, median, sigma, cap):
    return min(cap, int(median * math.exp(rng.gauss(0, sigma))))


class Oracle:
    def __init__(self):
        self.naive = {}  # (day, model) -> [4]
        self.best = {}  # mid -> (tot, day, model, u)         oracle
        self.fw, self.fwm, self.mp, self.mm = {}, {}, {}, {}
        self.nokey = {}  # for rules that never dedupe lines without requestId
        self.usage_lines = self.synthetic = self.replays = self.noreq_lines = 0

    def add(self, mid, rid, day, model, u):
        self.usage_lines += 1
        tot = sum(u)
        rec = (tot, day, model, u)
        self._acc(self.naive, day, model, u)
        if rid is None:
            self.noreq_lines += 1
            self._acc(self.nokey, day, model, u)
        pair = (mid, rid)
        if rid is not None:
            self.fw.setdefault(pair, rec)
            if pair not in self.mp or self.mp[pair][0] < tot:
                self.mp[pair] = rec
        self.fwm.setdefault(pair, rec)
        if pair not in self.mm or self.mm[pair][0] < tot:
            self.mm[pair] = rec
        if mid not in self.best or self.best[mid][0] < tot:
            self.best[mid] = rec

    @staticmethod
    def _acc(d, day, model, u):
        a = d.setdefault((day, model), [0, 0, 0, 0])
        for i in range(4):
            a[i] += u[i]

    def table(self, name):
        if name == "naive":
            return self.naive
        src = {
            "oracle": self.best,
            "first_wins": self.fw,
            "first_wins_mid": self.fwm,
            "max_pair": self.mp,
            "max_mid": self.mm,
        }[name]
        out = {}
        if name in ("first_wins", "max_pair"):
            out = {k: list(v) for k, v in self.nokey.items()}
        for _, day, model, u in src.values():
            self._acc(out, day, model, u)
        return out


def summed(table):
    tot, day, model = [0] * 4, {}, {}
    for (d, m), u in table.items():
        for i in range(4):
            tot[i] += u[i]
            day.setdefault(d, [0] * 4)[i] += u[i]
            model.setdefault(m, [0] * 4)[i] += u[i]

    def f(v):
        return dict(zip(FIELDS, v, strict=True), total=sum(v))

    return {
        "total": f(tot),
        "by_day": {k: f(day[k]) for k in sorted(day)},
        "by_model": {k: f(model[k]) for k in sorted(model)},
    }


class Session:
    """One transcript file: a list of (bytes line, usage record or None)."""

    def __init__(self, gen, rng, sid, slug, t0, target, agent=None):
        self.g, self.r, self.sid, self.slug, self.t, self.target, self.agent = gen, rng, sid, slug, t0, target, agent
        self.lines, self.size, self.parent = [], 0, b"null"
        self.cwd = b"/home/user/src/" + slug.rsplit("-", 1)[-1].encode()
        self.ver = b"2.1.%d" % rng.randrange(0, 140)
        self.model = rng.choices([m for m, _ in MODELS], [w for _, w in MODELS])[0]
        self.ctx = rng.randrange(9_000, 22_000)
        self.noreq = agent is None and rng.random() < 0.01  # a session behind a gateway: no requestId at all
        self.resumable = not self.noreq

    def ts(self, step):
        self.t += dt.timedelta(milliseconds=int(step * 1000))
        return self.t.strftime("%Y-%m-%dT%H:%M:%S.").encode() + b"%03dZ" % (self.t.microsecond // 1000)

    def env(self, typ, uid, ts):
        side = b"true" if self.agent else b"false"
        ag = b',"agentId":"%s"' % self.agent if self.agent else b""
        e = (
            b'{"parentUuid":%s,"isSidechain":%s%s,"userType":"external","cwd":"%s","sessionId":"%s","version":"%s",'
            b'"gitBranch":"main",' % (self.parent, side, ag, self.cwd, self.sid, self.ver)
        )
        self.parent = b'"' + uid + b'"'
        return e, b'"type":"%s","uuid":"%s","timestamp":"%s"' % (typ, uid, ts)

    def put(self, line, rec=None):
        self.lines.append((line, rec))
        self.size += len(line) + 1

    def user_prompt(self):
        r = self.r
        e, f = self.env(b"user", uuid(r), self.ts(r.uniform(5, 240)))
        self.put(
            e
            + f
            + b',"message":{"role":"user","content":"%s"},"permissionMode":"default"}'
            % self.g.pool.text(r, lognorm(r, 260, 1.2, 20000))
        )

    def response(self):
        """One API response: 1-4 lines sharing message.id and requestId."""
        r, g = self.r, self.g
        if r.random() < 0.03:
            self.model = r.choices([m for m, _ in MODELS], [w for _, w in MODELS])[0]
        mid = b"msg_01" + b58(r, 22)
        rid = None if self.noreq else b"req_011C" + b58(r, 20)
        cread = self.ctx
        ccreate = lognorm(r, 900, 1.3, 60000)
        inp = r.randrange(1, 12) if r.random() < 0.9 else r.randrange(12, 4000)
        self.ctx += ccreate
        if self.ctx > 175_000:
            self.ctx = r.randrange(15_000, 40_000)
        out = lognorm(r, 260, 1.1, 16000) + 2
        one_h = ccreate if r.random() < 0.35 else 0
        n = r.choices([1, 2, 3, 4], [30, 38, 22, 10])[0]
        step = r.uniform(2, 20)
        # keep one response on one UTC day, so that "which line's date" is never in question
        end = self.t + dt.timedelta(seconds=step + 4 * 9)
        if end.date() != self.t.date():
            self.t = dt.datetime.combine(end.date(), dt.time(0, 0, 1), dt.UTC)
        cur, tool = 0, b"toolu_01" + b58(r, 22)
        for i in range(n):
            last = i == n - 1
            cur = out if last else max(cur, min(out, 1 + int(out * (i + 1) / n * r.random() * 0.6)))
            if last:
                size = lognorm(r, 500, 1.2, 40000)
                body = b'{"type":"tool_use","id":"%s","name":"%s","input":{"command":"%s","description":"%s"}}' % (
                    tool,
                    r.choice([b"Bash", b"Read", b"Edit", b"Grep", b"Write"]),
                    g.pool.text(r, size),
                    g.pool.text(r, 40),
                )
            elif i == 0 and n > 1 and r.random() < 0.5:
                body = b'{"type":"thinking","thinking":"%s","signature":"%s"}' % (
                    g.pool.text(r, lognorm(r, 500, 1.0, 20000)),
                    g.pool.image(r, r.randrange(200, 900)),
                )
            else:
                body = b'{"type":"text","text":"%s"}' % g.pool.text(r, lognorm(r, 420, 1.1, 20000))
            usage = (
                b'{"input_tokens":%d,"cache_creation_input_tokens":%d,"cache_read_input_tokens":%d,'
                b'"cache_creation":{"ephemeral_5m_input_tokens":%d,"ephemeral_1h_input_tokens":%d},'
                b'"output_tokens":%d,"service_tier":"standard"%s}'
                % (
                    inp,
                    ccreate,
                    cread,
                    ccreate - one_h,
                    one_h,
                    cur,
                    b',"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"inference_geo":'
                    b'"not_available","speed":"standard"'
                    if r.random() < 0.5
                    else b"",
                )
            )
            ts = self.ts(step if i == 0 else r.uniform(0.2, 8))
            e, f = self.env(b"assistant", uuid(r), ts)
            req = b'"requestId":"%s",' % rid if rid else b""
            line = (
                e + b'"message":{"model":"%s","id":"%s","type":"message","role":"assistant","content":[%s],'
                b'"stop_reason":%s,"stop_sequence":null,"usage":%s},%s'
                % (self.model.encode(), mid, body, b'"tool_use"' if last else b"null", usage, req)
                + f
                + b"}"
            )
            self.put(line, (mid, rid, ts[:10].decode(), self.model, (inp, ccreate, cread, cur)))
        return tool

    def tool_result(self, tool):
        r, g = self.r, self.g
        e, f = self.env(b"user", uuid(r), self.ts(r.uniform(0.1, 20)))
        x = r.random()
        if x < 0.0035:
            img = g.pool.image(r, r.randrange(100_000, 800_000))
            self.put(
                e + f + b',"message":{"role":"user","content":[{"tool_use_id":"%s","type":"tool_result","content":'
                b'[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%s"}}]}]}}' % (tool, img)
            )
            return
        if x < 0.012:  # Task tool: an unescaped usage object that must not be counted
            self.put(
                e + f + b',"message":{"role":"user","content":[{"tool_use_id":"%s","type":"tool_result","content":'
                b'[{"type":"text","text":"%s"}]}]},"toolUseResult":{"status":"completed","agentId":"%s",'
                b'"totalDurationMs":%d,"totalTokens":%d,"totalToolUseCount":%d,"usage":{"input_tokens":%d,'
                b'"cache_creation_input_tokens":%d,"cache_read_input_tokens":%d,"output_tokens":%d,'
                b'"service_tier":"standard"}}}'
                % (
                    tool,
                    g.pool.text(r, lognorm(r, 2500, 0.8, 30000)),
                    hexid(r, 8),
                    r.randrange(9999, 999999),
                    r.randrange(9999, 99999),
                    r.randrange(1, 60),
                    r.randrange(1, 99),
                    r.randrange(0, 9999),
                    r.randrange(0, 99999),
                    r.randrange(1, 4000),
                )
            )
            return
        n = lognorm(r, 1300, 1.55, 480_000)
        t = g.pool.text(r, n)
        dup = t if r.random() < 0.5 else t[:0]
        self.put(
            e + f + b',"message":{"role":"user","content":[{"tool_use_id":"%s","type":"tool_result","content":"%s"}]},'
            b'"toolUseResult":{"stdout":"%s","stderr":"","interrupted":false,"isImage":false}}' % (tool, t, dup)
        )

    def other(self):
        r, g = self.r, self.g
        x = r.random()
        ts = self.ts(r.uniform(0, 2))
        if x < 0.45:
            self.put(
                b'{"type":"file-history-snapshot","messageId":"%s","snapshot":{"messageId":"%s",'
                b'"trackedFileBackups":{%s},"timestamp":"%s"},"isSnapshotUpdate":false}'
                % (
                    uuid(r),
                    uuid(r),
                    b",".join(
                        b'"src/f%d.py":{"backupFileName":"%s@v1","version":1,"backupTime":"%s"}' % (i, hexid(r, 16), ts)
                        for i in range(r.randrange(0, 12))
                    ),
                    ts,
                )
            )
        elif x < 0.75:
            e, f = self.env(b"system", uuid(r), ts)
            self.put(
                e
                + f
                + b',"subtype":"turn_duration","durationMs":%d,"isMeta":false,"content":"%s"}'
                % (r.randrange(100, 99999), g.pool.text(r, lognorm(r, 120, 0.9, 4000)))
            )
        elif x < 0.95:
            e, f = self.env(b"attachment", uuid(r), ts)
            self.put(
                e
                + f
                + b',"attachment":{"type":"skill_listing","content":"%s"}}'
                % g.pool.text(r, lognorm(r, 700, 1.2, 60000))
            )
        elif x < 0.98:
            self.put(b'{"type":"summary","summary":"%s","leafUuid":"%s"}' % (g.pool.text(r, 60), uuid(r)))
        else:  # synthetic: an API error shown as an assistant message
            e, f = self.env(b"assistant", uuid(r), ts)
            g.o.synthetic += 1
            self.put(
                e + b'"message":{"id":"%s","model":"<synthetic>","role":"assistant","stop_reason":"stop_sequence",'
                b'"stop_sequence":"","type":"message","usage":{"input_tokens":0,"output_tokens":0,'
                b'"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"server_tool_use":'
                b'{"web_search_requests":0,"web_fetch_requests":0},"service_tier":null},"content":[{"type":"text",'
                b'"text":"API Error: Connection error."}]},"isApiErrorMessage":true,' % uuid(r) + f + b"}"
            )

    def fill(self):
        r = self.r
        self.user_prompt()
        while self.size < self.target:
            tool = self.response()
            if r.random() < 0.93:
                self.tool_result(tool)
            else:
                self.user_prompt()
            if r.random() < 0.22:
                self.other()
            if r.random() < 0.01:
                self.t += dt.timedelta(minutes=r.randrange(10, 300))


class Gen:
    def __init__(self, a):
        self.a, self.rng = a, random.Random(a.seed)
        self.pool, self.o = Pool(random.Random(a.seed + 1)), Oracle()
        self.nfiles = self.nlines = self.nbytes = self.malformed = self.resumed = self.subfiles = 0
        self.sizes = {}

    def write(self, path, s):
        r = s.r
        os.makedirs(os.path.dirname(path), exist_ok=True)
        out = []
        for line, rec in s.lines:
            x = r.random()
            if x < 0.0002:  # cut in the middle: the line is lost
                self.malformed += 1
                out.append(line[: r.randrange(20, max(21, len(line) - 1))])
                continue
            if x < 0.0003 and out and rec is None:  # a torn write run together with this (non-usage) line
                self.malformed += 1
                out.append(line[: len(line) // 2] + line)
                continue
            if x < 0.00035:
                self.malformed += 1
                out.append(b"\0" * r.randrange(1, 512))
            out.append(line)
            if rec:
                self.o.add(*rec)
        data = b"\n".join(out) + b"\n"
        if r.random() < 0.01 and s.lines:  # unterminated last line: a writer was killed
            self.malformed += 1
            data += s.lines[-1][0][:200]
        with open(path, "wb") as f:
            f.write(data)
        os.utime(path, (s.t.timestamp(),) * 2)
        for ln in out:
            k = min(len(ln), 1 << 20) // 64
            self.sizes[k] = self.sizes.get(k, 0) + 1
        self.nfiles += 1
        self.nlines += len(out)
        self.nbytes += len(data)

    def run(self):
        a = self.a
        slugs = [f"-home-user-src-proj{i}" for i in range(max(3, min(60, a.size // 20_000_000)))]
        end = dt.datetime.fromisoformat(a.end).replace(tzinfo=dt.UTC)
        keep, i = [], 0
        while self.nbytes < a.size:
            i += 1
            r = random.Random((a.seed << 32) + i)
            slug = slugs[min(len(slugs) - 1, int(r.expovariate(1) * len(slugs) / 3))]
            day = end - dt.timedelta(days=r.randrange(1, a.days + 1))
            t0 = day + dt.timedelta(seconds=r.randrange(0, 80000))
            target = lognorm(r, a.mean_file * 0.55, 1.1, 60_000_000)
            base = os.path.join(a.out, "projects", slug)
            sid = uuid(r)
            s = Session(self, r, sid, slug, t0, target)
            if keep and r.random() < 0.06:  # resume: copy an earlier file's head, then go on
                old = r.choice(keep)
                if old.size < 4_000_000:
                    self.resumed += 1
                    s.slug, base, s.t = (
                        old.slug,
                        os.path.join(a.out, "projects", old.slug),
                        old.t + dt.timedelta(minutes=9),
                    )
                    s.ctx, s.model, s.noreq = old.ctx, old.model, False
                    n = r.randrange(1, len(old.lines) + 1)
                    for line, rec in old.lines[:n]:
                        s.put(line.replace(old.sid, sid, 1), rec)
                    s.target = s.size + target // 2
            s.fill()
            self.write(os.path.join(base, sid.decode() + ".jsonl"), s)
            for _ in range(r.choices([0, 1, 2, 4], [55, 20, 15, 10])[0]):
                ag = hexid(r, 17)
                sub = Session(self, r, sid, s.slug, s.t, lognorm(r, a.mean_file * 0.3, 0.9, 8_000_000), agent=ag)
                if r.random() < 0.04:  # /btw: replays the parent's messages under new request ids
                    prev = {}
                    for line, rec in s.lines[: r.randrange(5, 120)]:
                        if rec and rec[1]:
                            new = prev.setdefault(rec[1], b"req_011C" + b58(r, 20))
                            replayed = line.replace(rec[1], new, 1).replace(
                                b'"isSidechain":false', b'"isSidechain":true,"agentId":"%s"' % ag, 1
                            )
                            sub.put(replayed, (rec[0], new, *rec[2:]))
                            self.o.replays += 1
                sub.fill()
                self.subfiles += 1
                self.write(os.path.join(base, sid.decode(), "subagents", "agent-" + ag.decode() + ".jsonl"), sub)
            if s.resumable and s.size < 1_500_000:
                keep.append(s)
                if len(keep) > 12:
                    keep.pop(r.randrange(len(keep)))
        med, acc = 0, 0
        for k in sorted(self.sizes):
            acc += self.sizes[k]
            if acc * 2 >= self.nlines:
                med = k * 64 + 32
                break
        o = self.o
        return {
            "args": {"seed": a.seed, "size": a.size, "mean_file": a.mean_file, "days": a.days, "end": a.end},
            "files": self.nfiles,
            "subagent_files": self.subfiles,
            "resumed_files": self.resumed,
            "bytes": self.nbytes,
            "lines": self.nlines,
            "median_line_bytes_approx": med,
            "mean_line_bytes": self.nbytes // max(1, self.nlines),
            "usage_lines": o.usage_lines,
            "unique_responses": len(o.best),
            "replayed_lines": o.replays,
            "lines_without_request_id": o.noreq_lines,
            "synthetic_lines": o.synthetic,
            "malformed_lines": self.malformed,
            **summed(o.table("oracle")),
            "variants": {v: summed(o.table(v))["total"] for v in VARIANTS},
        }


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    p.add_argument("--size", type=parse_size, default=parse_size("100M"))
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--mean-file", type=parse_size, default=parse_size("700K"))
    p.add_argument("--days", type=int, default=120)
    p.add_argument("--end", default="2026-11-20")
    a = p.parse_args()
    if os.path.exists(os.path.join(a.out, "projects")):
        sys.exit(f"{a.out}/projects exists: remove it first")
    os.makedirs(a.out, exist_ok=True)
    res = Gen(a).run()
    with open(os.path.join(a.out, "oracle.json"), "w") as f:
        json.dump(res, f, indent=1)
    brief = {k: v for k, v in res.items() if k not in ("by_day", "args")}
    print(json.dumps(brief, indent=1))


if __name__ == "__main__":
    main()
