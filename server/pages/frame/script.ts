/**
 * The only script of the pages, which also work without it. It stores the browser's time zone in a cookie that no other site
 * causes to be sent, and lets a person see the password that they type: a button with `data-shows` names the fields. Before the
 * form is sent they become password fields again, so that browsers do not remember them as ordinary text.
 */
export const SCRIPT = `
{
  const isSecure = location.protocol === 'https:'
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  if (timeZone)
    document.cookie = (isSecure ? '__Host-carekey' : 'carekey' + location.port) + '_zone=' + timeZone + '; path=/; samesite=strict' + (isSecure ? '; secure' : '')
  for (const button of document.querySelectorAll('button[data-shows]')) {
    const words = { password: button.textContent, text: button.dataset.hide }
    const change = (type) => {
      for (const id of button.dataset.shows.split(' ')) document.getElementById(id).type = type
      button.textContent = words[type]
    }
    button.hidden = false
    button.addEventListener('click', () => change(button.textContent === words.password ? 'text' : 'password'))
    button.form.addEventListener('submit', () => change('password'))
  }
}
`
