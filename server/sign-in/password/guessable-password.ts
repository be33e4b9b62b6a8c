import { fold } from '../../../values/fold.ts'

/**
 * Frequent passwords of published leaks, in the form that `formsOf` gives them: without the digits and signs around a word.
 * NIST SP 800-63B-4, section 3.1.1.2, requires such a list. A short one suffices, because few attempts are allowed.
 */
const COMMON = `
  11223344 12344321 147258369 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 789456123 a1b2c3d4 abc admin administrator alexander amanda andrea
  andrew angel angels anthony apple arsenal asd ashley autumn babygirl bailey barcelona baseball basketball batman beautiful
  bubbles buster butterfly cambiame carekey carlos changeit changeme charlie cheese chelsea chocolate christian clinic
  clinica computer contrasena cookie daniel default demo diamond doctor dragon elizabeth estrella familia family flower
  football forever freedom friend friends gabriel george ginger google guest hannah health hello hellokitty hola holamundo
  hospital hunter iloveu iloveyou internet invierno jasmine jennifer jessica jesus jordan joshua killer kitty letmein
  liverpool login love lovely lovers mama manchester martin master matrix matthew medical michael michelle minecraft monkey
  mustang mypassword naruto newpassword nicole nothing oliver orange otono papa parola pass passphrase passw password
  passwort patient peanut pepper pokemon primavera princesa princess purple q2w3e q2w3e4r q2w3e4r5t qaz qaz2wsx qaz2wsx3edc
  qazwsx qazwsxedc querty qwe qweasdzxc qwerty rainbow realmadrid robert root salud samantha samsung sebastian secret secreto
  shadow snoopy soccer softball spiderman spring starwars steelers summer sunshine superman superstar system teamo temp
  temporary tequiero test tester testing thomas tigger tinkerbell trustno unknown user valentina verano victoria welcome
  welcomehome whatever william winter yankees yellow zaq12wsx zaqwsx
`
  .trim()
  .split(/\s+/)

/** Rows of keys, on which neighbours make a word. */
const ROWS = ['qwertyuiop', 'qwertzuiop', 'azertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertyuiopasdfghjklzxcvbnm']

/** Letters as people write them with digits and signs. */
const DISGUISES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/**
 * Checks whether a new password is one of the first that anybody would try: a frequent one, one of these names, a sequence, or
 * a repetition, with a few digits or signs around it or not.
 *
 * @param names of the person and of the organization.
 */
export const isGuessablePassword = (password: string, names: readonly string[]): boolean => {
  const known = new Set([
    ...COMMON,
    ...names.flatMap((name) => [name, ...name.split(/\s+/)]).flatMap(formsOf),
  ])
  return formsOf(password).some((form) => known.has(form) || isPattern(form))
}

/** Returns the password as it is, without digits and signs around it, and with letters for digits; each in plain lower case. */
const formsOf = (text: string): string[] => {
  const lower = fold(text)
  const stem = lower.replace(/^\P{L}{0,6}|\P{L}{0,6}$/gu, '')
  const undisguised = stem.replace(/[013457@$!]/g, (sign) => DISGUISES[sign] ?? sign)
  return [lower, stem, undisguised].map((form) => form.replace(/[^\p{L}\p{N}]/gu, '')).filter(Boolean)
}

/** A sequence (abcd, 8765), keys side by side, a repetition (abababab), a word twice, or fewer than four different characters. */
const isPattern = (text: string): boolean => {
  const steps = [...text].slice(1).map((character, place) => character.charCodeAt(0) - text.charCodeAt(place))
  const isInOrder =
    steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1 || step === 9)
  const isRow = ROWS.some((row) => row.includes(text) || [...row].reverse().join('').includes(text))
  const isTwice = text === text.slice(text.length / 2).repeat(2)
  const isRepetition = isTwice || /^(.{1,6})\1+$/.test(text)
  return text.length > 3 && (isInOrder || isRow || isRepetition || new Set(text).size < 4)
}
