// SPDX-License-Identifier: GPL-2.0-only
/** How the picture looks: a hue a layer, light and dark. */
import type { Layer } from "../../trace/layer.ts";
import { FAIL, HUES } from "../palette.ts";

/** The hues again, for a dark ground. */
const DARK: Readonly<Record<Layer, string>> = {
  socket: "#b9a2f2",
  udp: "#f191b8",
  route: "#dcb657",
  ip: "#82b7ee",
  neigh: "#85cb90",
  dev: "#62c6c8",
  driver: "#adb9c7",
  icmp: "#f09c75",
};

interface Ground {
  readonly paper: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly way: string;
  readonly fail: string;
  readonly hue: (layer: Layer) => string;
}

const LIGHT: Ground = {
  paper: "#fffefb",
  ink: "#20232a",
  soft: "#5d6169",
  line: "#d8d4ca",
  way: "#e9a820",
  fail: FAIL.ink,
  hue: (layer) => HUES[layer].ink,
};
const NIGHT: Ground = {
  paper: "#14161a",
  ink: "#e6e3dc",
  soft: "#a2a7ae",
  line: "#33383f",
  way: "#c98f1d",
  fail: "#ff9a8f",
  hue: (layer) => DARK[layer],
};

function colours(g: Ground): string {
  const layers = (Object.keys(HUES) as Layer[]).map(
    (layer) =>
      `.${layer} rect{fill:${g.hue(layer)}}.${layer} .bar{stroke:${g.hue(layer)}}` +
      `.${layer} text{fill:${g.hue(layer)}}.${layer} line,.${layer} .way{stroke:${g.hue(layer)}}`,
  );
  return (
    `.paper{fill:${g.paper}}text{fill:${g.ink}}.soft{fill:${g.soft}}.tick{stroke:${g.line}}` +
    `.way{stroke:${g.way}}.stop{fill:${g.way};stroke:${g.paper}}.softirq{fill:${g.soft}}` +
    `.bracket{stroke:${g.soft}}.payload{fill:${g.soft}}${layers.join("")}` +
    `.fail text,text.fail{fill:${g.fail}}.fail .bar{stroke:${g.fail};fill:${g.fail}}`
  );
}

/** The style sheet. */
export function style(): string {
  return (
    "text{font:11px ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}" +
    ".title{font-size:15px;font-weight:600}.sans{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif}" +
    ".serif{font:14px 'Iowan Old Style',Palatino,Charter,Georgia,'DejaVu Serif',serif}" +
    ".lane{fill-opacity:.06}.bar{fill-opacity:.16;stroke-width:1;stroke-opacity:.55}" +
    ".inline{stroke-dasharray:3 2;fill-opacity:.06}.decided{stroke-width:2;stroke-opacity:1;fill-opacity:.32}" +
    ".lead{stroke-width:1;stroke-opacity:.45}.way{fill:none;stroke-width:5;stroke-opacity:.5;stroke-linecap:round;stroke-linejoin:round}" +
    ".answer{stroke-width:3;stroke-dasharray:1 6}.softirq{fill-opacity:.07}.bracket{stroke-width:1}" +
    ".seg{fill-opacity:.6}.payload{fill-opacity:.3}.tick{stroke-width:1}" +
    `g.call:hover .bar{fill-opacity:.45}${colours(LIGHT)}@media (prefers-color-scheme:dark){${colours(NIGHT)}}`
  );
}
