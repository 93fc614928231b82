/**
 * A link between server and us, as far as lanes can tell: what one connection carries, what all of them carry
 * together, how long a new one takes to get going, and how steady it all is.
 *
 * @module
 */
import type { LaneController } from "../../../core/download/lane_controller.ts";

/** A link. */
export interface Link {
  /** Bytes a second of one connection. */
  readonly laneBytesPerSecond: number;
  /** Bytes a second of all connections together. */
  readonly totalBytesPerSecond: number;
  /** From a request to its first byte. */
  readonly latencyMs?: number;
  /** From its first byte to the full rate of a connection. */
  readonly rampMs?: number;
  /** Standard deviation of the rate over a second, as a part of it. */
  readonly noise?: number;
}

/** The same numbers every time for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number about zero with a standard deviation of one. */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** What so many lanes bring at most. */
export function bestRate(link: Link, lanes: number): number {
  return Math.min(link.totalBytesPerSecond, lanes * link.laneBytesPerSecond);
}

/** One second of a simulated transfer. */
export interface Second {
  /** Lanes in use at its end. */
  readonly lanes: number;
  /** Bytes received, as a part of the most that was possible. */
  readonly efficiency: number;
}

const TICK_MS = 25;

/** Drives a controller over a link that may change every second; nothing else is the matter. */
export function driveController(
  controller: LaneController,
  options: {
    readonly seconds: number;
    readonly linkAt: (second: number) => Link;
    /** Lanes that may be used at all. */
    readonly max: number;
    readonly seed?: number;
    /** Called before every second. */
    readonly onSecond?: (second: number) => void;
  },
): Second[] {
  const random = seededRandom(options.seed ?? 1);
  const seconds: Second[] = [];
  /** When each lane was opened. */
  const lanes: number[] = [];
  let totalBytes = 0;
  for (let second = 0; second < options.seconds; second++) {
    options.onSecond?.(second);
    const link = options.linkAt(second);
    const { latencyMs = 0, rampMs = 0, noise = 0 } = link;
    const luck = Math.max(0.1, 1 + noise * gaussian(random));
    const before = totalBytes;
    for (let atMs = second * 1000; atMs < (second + 1) * 1000; atMs += TICK_MS) {
      while (lanes.length < controller.lanes) lanes.push(second === 0 ? -Infinity : atMs);
      lanes.length = controller.lanes;
      const powers = lanes.map((openedAt) =>
        atMs < openedAt + latencyMs
          ? 0
          : rampMs === 0
          ? 1
          : Math.min(1, (atMs - openedAt - latencyMs) / rampMs + 0.1)
      );
      const power = powers.reduce((sum, one) => sum + one, 0);
      const rate = Math.min(link.totalBytesPerSecond, power * link.laneBytesPerSecond) * luck;
      totalBytes += rate * TICK_MS / 1000;
      const deliveringLanes = powers.filter((one) => one > 0).length;
      controller.sample({ atMs: atMs + TICK_MS, totalBytes, deliveringLanes });
    }
    const efficiency = (totalBytes - before) / (bestRate(link, options.max) * luck);
    seconds.push({ lanes: controller.lanes, efficiency });
  }
  return seconds;
}

/** The mean efficiency of some seconds. */
export function meanEfficiency(seconds: readonly Second[]): number {
  return seconds.reduce((sum, { efficiency }) => sum + efficiency, 0) / seconds.length;
}
