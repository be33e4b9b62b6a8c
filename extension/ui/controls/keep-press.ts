// Lets a press count for what it began on: if an answer arrives meanwhile and moves the page, the browser would find something else under
// the pointer and click nothing. Moving the pointer away still takes the press back (WCAG 2.2, 2.5.2).

/** Pixels by which a hand may move while it presses. */
const mostMoved = 8

document.addEventListener('pointerdown', (press) => {
  const pressed = press.target instanceof Element && press.target.closest('button, a, summary')
  if (!pressed) return
  pressed.setPointerCapture(press.pointerId)
  document.onpointermove = (move) => {
    if (Math.hypot(move.clientX - press.clientX, move.clientY - press.clientY) > mostMoved)
      pressed.releasePointerCapture(move.pointerId)
  }
})
