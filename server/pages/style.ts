/** The stylesheet of every page: system fonts, one accent, both themes, targets of 32 px and more. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #14212b; --quiet: #566573; --paper: #ffffff; --line: #dde3e8; --accent: #0b6e6e; --on-accent: #ffffff;
  --tint: #e3f1f0; --notice: #8a3b00; --notice-paper: #fff3e6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8edf0; --quiet: #a3b1bc; --paper: #12191f; --line: #2c3741; --accent: #5cc4bd; --on-accent: #06201f;
    --tint: #14302f; --notice: #ffb87a; --notice-paper: #33230f;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 34rem; font: 16px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { display: flex; gap: 12px; align-items: center; padding: 16px 20px; border-bottom: 1px solid var(--line); }
header p { margin: 0; } header strong { display: block; font-size: 1.1rem; } .mark, .mark svg { display: block; }
main { padding: 8px 20px 24px; }
main { overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 12px 0 4px; text-wrap: balance; overflow-wrap: anywhere; }
p { margin: 8px 0; } .quiet { color: var(--quiet); } .hint { font-size: .875rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
form > label { display: block; margin: 14px 0 4px; font-weight: 600; }
input:not([type=checkbox], [type=radio]) {
  width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--quiet); border-radius: 8px;
}
button { min-height: 44px; padding: 8px 22px; font: inherit; font-weight: 650; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); }
button.second { background: transparent; color: var(--ink); border-color: var(--quiet); }
button.link { min-height: 0; padding: 0; border: 0; background: none; color: var(--accent); font-weight: inherit; text-decoration: underline; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; justify-content: space-between; gap: 12px; margin-top: 20px; }
.actions button:only-child { margin-left: auto; }
.notice { padding: 10px 14px; border-radius: 8px; color: var(--notice); background: var(--notice-paper); }
fieldset { border: 0; margin: 12px 0 0; padding: 0; min-width: 0; } legend { padding: 0; margin-bottom: 4px; font-weight: 600; color: var(--quiet); }
.offers label { display: grid; grid-template-columns: 28px 1fr; padding: 9px 0; border-bottom: 1px solid var(--line); cursor: pointer; }
.offers .hint { grid-column: 2; }
input[type=checkbox], input[type=radio] { flex: none; width: 20px; height: 20px; margin: 0; accent-color: var(--accent); }
.windows { display: grid; grid-template-columns: max-content 1fr; column-gap: 14px; align-items: center; }
.windows legend { grid-column: 1 / -1; } .windows label { display: flex; gap: 8px; min-height: 36px; align-items: center; white-space: nowrap; cursor: pointer; }
@media (max-width: 380px) { .windows { grid-template-columns: 1fr; } .windows .hint { margin: -6px 0 6px 28px; } }
`
