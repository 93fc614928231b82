import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { causeMessages, ModelManagerError } from "../../../core/base/errors.ts";
import { type HubHost, HubHosts, UnreachableHost } from "../../../core/hub/hub_hosts.ts";

const HUB = "https://hub.test";
const MIRROR = "https://mirror.test/hf";
const OTHER = "http://other.test";

function down(host: HubHost, reason = "the connection was refused"): UnreachableHost {
  const first = new ModelManagerError(
    "NETWORK_ERROR",
    `Cannot reach "${new URL(host.base).host}": ${reason}`,
    {
      retryable: true,
      hints: ["Check the endpoint: mm config show"],
    },
  );
  return new UnreachableHost(host, new ModelManagerError("NETWORK_ERROR", "Gave up", { cause: first }));
}

function open(mirrors: readonly string[] = [MIRROR, OTHER]) {
  const notices: string[] = [];
  const hosts = new HubHosts({ endpoint: HUB, mirrors, onNotice: (message) => notices.push(message) });
  const bases = (): string[] => hosts.inTurn().map(({ base }) => base);
  const host = (base: string): HubHost => hosts.inTurn().find((one) => one.base === base) ?? hosts.own;
  return { hosts, notices, bases, host };
}

Deno.test("HubHosts asks the endpoint first, then the mirrors in order, each once", () => {
  const { hosts, bases } = open([`${MIRROR}/`, HUB, OTHER, MIRROR]);
  deepStrictEqual(bases(), [HUB, MIRROR, OTHER]);
  deepStrictEqual(hosts.inTurn().map(({ isMirror }) => isMirror), [false, true, true]);
  deepStrictEqual(open([]).bases(), [HUB]);
});

Deno.test("HubHosts refuses a mirror that is none, and says that it is a mirror", () => {
  throws(() => open(["ftp://mirror.test"]), {
    code: "CONFIG_INVALID",
    message: /Cannot use the mirror "ftp:\/\/mirror\.test\/": it is no http or https URL/,
  });
  throws(
    () => open(["https://user:secret@mirror.test"]),
    (error: Error) => !error.message.includes("secret"),
  );
});

Deno.test("HubHosts.at() moves an address between hosts and leaves others alone", () => {
  const { hosts, host } = open([MIRROR, OTHER, `${OTHER}/deep`]);
  const at = (base: string, url: string): string => hosts.at(host(base), new URL(url)).href;
  strictEqual(at(MIRROR, `${HUB}/api/models?search=a%20b`), `${MIRROR}/api/models?search=a%20b`);
  strictEqual(at(HUB, `${MIRROR}/api/models`), `${HUB}/api/models`);
  strictEqual(at(MIRROR, `${MIRROR}/x`), `${MIRROR}/x`);
  strictEqual(at(HUB, `${OTHER}/deep/x`), `${HUB}/x`);
  strictEqual(at(HUB, "https://mirror.test/x"), "https://mirror.test/x");
  strictEqual(at(MIRROR, `${HUB}.evil.test/x`), `${HUB}.evil.test/x`);
});

Deno.test("HubHosts.settle() stays with who answered and says so once", () => {
  const { hosts, notices, bases, host } = open();
  const [own, mirror] = [hosts.own, host(MIRROR)];
  hosts.settle(own, [], { hasToken: true });
  deepStrictEqual(notices, []);
  hosts.settle(mirror, [down(own)], { hasToken: true });
  // Another request failed at the same time.
  hosts.settle(mirror, [down(own)], { hasToken: true });
  deepStrictEqual(bases(), [MIRROR, OTHER, HUB]);
  deepStrictEqual(notices, [
    `"${HUB}" cannot be reached, using the mirror "${MIRROR}" without the access token (the connection was refused)`,
  ]);
});

Deno.test("HubHosts.settle() goes round: the next mirror, and back to the endpoint", () => {
  const { hosts, notices, bases, host } = open();
  hosts.settle(host(OTHER), [down(hosts.own), down(host(MIRROR))], { hasToken: false });
  deepStrictEqual(bases(), [OTHER, HUB, MIRROR]);
  const answered = new ModelManagerError("NETWORK_ERROR", '"other.test" answered 503 Service Unavailable');
  hosts.settle(hosts.own, [new UnreachableHost(host(OTHER), answered)], { hasToken: true });
  deepStrictEqual(bases(), [HUB, MIRROR, OTHER]);
  deepStrictEqual(notices, [
    `"${HUB}" and "${MIRROR}" cannot be reached, using the mirror "${OTHER}" (the connection was refused)`,
    `"${OTHER}" cannot be reached, using "${HUB}" again (it answered 503 Service Unavailable)`,
  ]);
});

Deno.test("HubHosts.unreachable() is the endpoint's own error when it is alone", () => {
  const { hosts } = open([]);
  const failure = down(hosts.own);
  strictEqual(hosts.unreachable([failure]), failure.error);
});

Deno.test("HubHosts.unreachable() names everybody and keeps every reason, the endpoint's first", () => {
  const { hosts, host } = open();
  const error = hosts.unreachable([down(host(MIRROR), "x"), down(host(OTHER), "y"), down(hosts.own, "z")]);
  strictEqual(error.code, "NETWORK_ERROR");
  strictEqual(error.message, `Neither "${HUB}" nor any of its 2 mirrors can be reached`);
  deepStrictEqual(causeMessages(error), [
    "Gave up",
    'Cannot reach "hub.test": z',
    'Cannot reach "mirror.test": x',
    'Cannot reach "other.test": y',
  ]);
  match(error.hints.at(-1) ?? "", /mm config get mirrors/);
  const one = open([MIRROR]);
  match(
    one.hosts.unreachable([down(one.hosts.own), down(one.host(MIRROR))]).message,
    /nor its mirror "https:\/\/mirror\.test\/hf" can/,
  );
});
