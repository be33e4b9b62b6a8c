import type { Words } from '../words/en.ts'

/** The names of the windows of consent. */
const WINDOWS = ['visit', 'hour', 'day', 'month', 'open', 'longest'] as const satisfies readonly (
  | keyof Words['windows']
  | 'longest'
)[]

/** The stylesheet of every page: system fonts, one accent, both themes, targets of 32 px and more. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #14212b; --quiet: #566573; --paper: #ffffff; --line: #dde3e8; --accent: #0b6e6e; --on-accent: #ffffff;
  --tint: #e3f1f0; --on-tint: #0a4a4a; --notice: #8a3b00; --notice-paper: #fff3e6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8edf0; --quiet: #a3b1bc; --paper: #12191f; --line: #2c3741; --accent: #5cc4bd; --on-accent: #06201f;
    --tint: #14302f; --on-tint: #a9e5e0; --notice: #ffb87a; --notice-paper: #33230f;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 34rem; font: 16px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { display: flex; gap: 12px; align-items: center; padding: 16px 20px; border-bottom: 1px solid var(--line); }
header p { margin: 0; } header a { white-space: nowrap; } header strong { display: block; font-size: 1.1rem; } .mark, .mark svg { display: block; }
main { padding: 8px 20px 24px; }
main { overflow-wrap: anywhere; } h1, strong, .row span { unicode-bidi: isolate; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 12px 0 4px; text-wrap: balance; overflow-wrap: anywhere; }
p { margin: 8px 0; } .quiet { color: var(--quiet); } .hint { font-size: .875rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
h2 { font-size: 1.1rem; margin: 24px 0 4px; } a { color: var(--accent); }
form > label, .fields label { display: block; margin: 14px 0 4px; font-weight: 600; }
input:not([type=checkbox], [type=radio]), select {
  width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--quiet); border-radius: 8px;
}
button { min-height: 44px; padding: 8px 22px; font: inherit; font-weight: 650; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); }
button.second { background: transparent; color: var(--ink); border-color: var(--quiet); }
.show { margin: 0; min-height: 32px; text-align: end; } .show button { min-height: 32px; }
details { margin-top: 16px; } summary { min-height: 32px; color: var(--accent); cursor: pointer; }
button.link { min-height: 0; padding: 0; border: 0; background: none; color: var(--accent); font-weight: inherit; text-decoration: underline; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; justify-content: space-between; gap: 12px; margin-top: 20px; }
@media (min-height: 30rem) { body:has(.in-view) { display: flex; flex-direction: column; height: 100dvh; }
  main:has(.in-view) { display: contents; } form:has(.in-view) { display: flex; flex: 1; flex-direction: column; min-height: 0; }
  .scrolls { flex: 1; overflow-y: auto; padding: 8px 20px 24px; } .in-view { margin: 0; padding: 12px 20px; border-top: 1px solid var(--line); } }
/* The window that is chosen above, which may be out of view. */
.chosen { flex-basis: 100%; } .actions:has(.chosen) { flex-wrap: wrap; } .chosen [data-window] { display: none; }
${WINDOWS.map((name) => `form:has([value=${name}]:checked) [data-window=${name}]`).join(', ')} { display: inline; font-weight: 600; }
.actions button { overflow-wrap: normal; } .actions button:only-child { margin-left: auto; }
.fields { display: grid; grid-template-columns: 1fr 1fr; column-gap: 12px; } .fields > * { min-width: 0; } .fields .wide { grid-column: 1 / -1; }
select { background: var(--paper); }
.rows { list-style: none; margin: 8px 0; padding: 0; border-top: 1px solid var(--line); } .rows > li { border-bottom: 1px solid var(--line); }
.row, button.row { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0 12px; width: 100%; min-height: 44px;
  padding: 8px 4px; border: 0; border-radius: 0; background: none; color: inherit; font-weight: inherit; text-align: start; text-decoration: none; }
.row > :first-child { color: var(--accent); font-weight: 600; text-decoration: underline; } .row[aria-current] { background: var(--tint); }
.row[aria-current] > :first-child { color: inherit; text-decoration: none; }
.notice { padding: 10px 14px; border-radius: 8px; color: var(--notice); background: var(--notice-paper); }
fieldset { border: 0; margin: 12px 0 0; padding: 0; min-width: 0; } legend { padding: 0; margin-bottom: 4px; font-weight: 600; color: var(--quiet); }
.offers label { display: grid; grid-template-columns: 28px 1fr auto; column-gap: 8px; padding: 9px 0; border-bottom: 1px solid var(--line); cursor: pointer; }
.parts { padding-inline-start: 28px; } .offers label:has(:checked) + .parts { display: none; }
.offers .hint { grid-column: 2 / -1; } .offers .count { font-size: .875rem; text-align: right; font-variant-numeric: tabular-nums; }
input[type=checkbox], input[type=radio] { flex: none; width: 20px; height: 20px; margin: 0; accent-color: var(--accent); }
.windows { display: grid; grid-template-columns: max-content 1fr; gap: 5px 14px; align-items: center; }
.windows legend, .windows .whole { grid-column: 1 / -1; } .windows .whole { margin: 0; } .windows label { display: flex; gap: 8px; min-height: 36px; align-items: center; white-space: nowrap; cursor: pointer; }
@media (max-width: 380px) { .windows { grid-template-columns: 1fr; } .windows .hint { margin: -6px 0 6px 28px; } }
h2 { font-size: 1.05rem; margin: 0 0 4px; overflow-wrap: anywhere; } section, main > h2 { margin-top: 28px; }
a { color: var(--accent); } a.button { display: inline-block; min-height: 44px; padding: 9px 22px; font-weight: 650; text-decoration: none;
  border: 1px solid var(--quiet); border-radius: 8px; color: var(--ink); }
.saved { padding: 10px 14px; border-radius: 8px; color: var(--on-tint); background: var(--tint); }
.cards, .entries { list-style: none; margin: 12px 0; padding: 0; }
.cards li { padding: 14px 16px; margin: 12px 0; border: 1px solid var(--line); border-radius: 10px; }
.cards p { margin: 4px 0; } .cards p:last-child { margin-bottom: -4px; } .cards a { display: inline-block; padding: 6px 0; }
.choice { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 8px 16px; padding: 10px 0; border-bottom: 1px solid var(--line); }
.choice p { margin: 0; flex: 1 1 14rem; }
.leave { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin-top: 28px; padding-top: 20px; border-top: 1px solid var(--line); }
.entries li { display: grid; grid-template-columns: 5rem 1fr; gap: 12px; padding: 9px 0; border-bottom: 1px solid var(--line); }
.entries time { font-size: .875rem; font-variant-numeric: tabular-nums; padding-top: 2px; } .entries p { margin: 0; } .what { display: block; }
.mark-refused { padding: 1px 8px; border-radius: 6px; font-size: .8125rem; font-weight: 650; color: var(--notice); background: var(--notice-paper); }
`
