import { limitsEn, windowsEn } from './limits.ts'
import { logChangesEn } from './log-changes.ts'
import { patientsEn } from './patients.ts'
import { changePasswordEn, choosePasswordEn, signInEn } from './sign-in.ts'
import { hintsEn, typesEn } from './types.ts'

/** Every sentence of the organization's pages. Another language has the same ones: a missing one is a type error. */
export const en = {
  signedInAs: 'signed in as',
  signIn: signInEn,
  choosePassword: choosePasswordEn,
  changePassword: changePasswordEn,
  consent: {
    title: 'Allow access',
    notYou: 'not you?',
    wants: {
      patient: 'wants to read from your record',
      clinician: 'wants to read records for you',
      admin: 'wants to act for you here',
    },
    extension: 'A browser extension',
    computer: 'A program on this computer',
    web: (host: string) => `An application at ${host}, the address it is registered with`,
    registered: (day: string) => `registered here on ${day}`,
    limits: 'It cannot change a record, and it never sees your password.',
    recordOf: (person: string) => `The record of ${person}`,
    recordUnread: 'The name in this record cannot be shown now.',
    undecided: {
      nothing_chosen: 'Choose at least one, or press Deny.',
      changed_meanwhile:
        'Nothing was allowed, because this page was out of date. It now shows the current state, with your choice where it still applies. Check it, and decide again.',
    },
    what: 'What it may read',
    howLong: 'How long',
    longest: (organization: string, length: string) =>
      `At ${organization}, access that you allow lasts ${length} at most.`,
    endsWithVisit: (application: string, end: string) =>
      `${application} does not ask to stay connected: access ends when you sign out there, ${end} at the latest.`,
    sooner: (application: string, address: string) =>
      `You can end it sooner, by signing out in ${application} or at ${address}.`,
    nothingToGive: (application: string) => `This account cannot give what ${application} asks for`,
    notAdministrator: (person: string) => `${person} is not an administrator here`,
    signInOtherwise: 'Nothing was shared. Sign in with an account that can give it, or cancel.',
    somebodyElse: 'Sign in as somebody else',
    cancel: 'Cancel',
    allow: 'Allow',
    deny: 'Deny',
  },
  windows: windowsEn,
  whileUsed: (end: string) => `only while you use it, ${end} at the latest`,
  until: (end: string) => `until ${end}`,
  untilSignOut: (end: string) => `until you sign out, ${end} at the latest`,
  untilRemoved: (end: string) => `until you remove it, ${end} at the latest`,
  atTheLatest: (end: string) => `${end} at the latest`,
  todayAt: (time: string) => `today at ${time}`,
  dayAt: (day: string, time: string) => `${day}, ${time}`,
  /** The kinds of information in a record. */
  kinds: {
    identity: 'Who you are',
    observations: 'Vital signs and results',
    conditions: 'Conditions and allergies',
    medications: 'Medications and immunizations',
    care: 'Visits and care',
    log: 'Who read your record',
    directory: 'The organization’s directory',
  },
  offers: {
    patients: { label: 'Patients’ records', hint: 'search patients and read the records that you may see' },
    'every-access': { label: 'The access log', hint: 'every access at this organization' },
    register: {
      label: 'Manage applications',
      hint: 'register, change, switch off and delete any application that may ask patients for access, and give it a new secret',
    },
    'sign-in': { label: 'Who you are here', hint: 'to sign you in; nothing of what is in a record' },
  },
  /** What an application learns whatever is ticked. */
  learned: {
    sentence: (facts: string) => `It always learns ${facts}.`,
    facts: {
      name: 'your name',
      account: 'your number here',
      record: 'the number of your record',
      practitioner: 'your number as a practitioner',
      patient: 'which patient this is about',
      visit: 'which visit this is about',
    },
  },
  recordOf: (name: string | undefined) => `The record of ${name ?? 'this patient'}`,
  whoThePatientIs: 'who the patient is',
  ofThisPatient: 'of this patient alone',
  limited: limitsEn,
  /** Above the parts of an offer. */
  insteadOfAll: 'If not all of it, only:',
  counts: {
    readings: (count: number, number: string) => `${number} ${count === 1 ? 'reading' : 'readings'}`,
    entries: (count: number, number: string) => `${number} ${count === 1 ? 'entry' : 'entries'}`,
    documents: (count: number, number: string) =>
      `${number} ${count === 1 ? 'document or plan' : 'documents and plans'}`,
    devices: (count: number, number: string) => `${number} ${count === 1 ? 'device' : 'devices'}`,
    notReadFrom: (company: string) => `not read from ${company} yet`,
    none: 'nothing recorded',
  },
  account: {
    title: 'Your account',
    findPatient: 'Find a patient',
    connected: 'Connected applications',
    none: 'No application can read anything for you.',
    mayRead: 'May read:',
    mayReadNothing: 'May read nothing now, because this organization no longer allows it.',
    allowed: (moment: string) => `allowed ${moment}`,
    allowedIn: (browser: string, system: string) => `in ${browser} on ${system}`,
    lastUsed: (moment: string) => `last used ${moment}`,
    neverUsed: 'not used yet',
    change: 'Change or disconnect',
    changeNamed: (application: string) => `Change or disconnect ${application}`,
    whoRead: 'Who read my record',
    whoReadAbout: 'Every access to your record: who, what, when, and through which application.',
    showLog: 'Show who read my record',
    person: {
      title: 'Your name and birth date',
      correct: 'Correct your name or birth date',
      why: 'They stand wherever your record is shown. Type them as your clinic writes them, so that your records can be shown together.',
      cancel: 'Cancel',
      save: 'Save',
      saved: 'Saved.',
    },
    partner: {
      about: (partner: string) => `Your readings come from ${partner}, and are fetched before they are read.`,
      end: (partner: string) => `Disconnect ${partner}`,
      ending: (partner: string) =>
        `${partner} is disconnected here. ${partner} has not confirmed that yet, and is told again until it does.`,
      loses: (partner: string) =>
        `What was fetched from ${partner} is deleted here, and ${partner} is told to answer no longer. Your readings stay there. To connect again, sign in with ${partner}.`,
      no: 'Keep it',
      yes: 'Disconnect',
    },
    signOutTitle: 'Signing out',
    signOut: 'Sign out',
    signOutAbout: 'Ends your sign-in at these pages in this browser.',
    everywhere: 'Sign out of this site on all devices',
    everywhereAbout:
      'Ends your sign-ins in every browser: at these pages, and where an application waits for you to allow it. Applications stay connected until you disconnect them.',
    disconnectAll: 'Disconnect all applications',
    back: 'Back to your account',
    incidents: {
      refresh_reuse_detected: (application: string, moment: string) =>
        `A connection of ${application} ended ${moment}, because one of its old keys was used a second time.`,
      code_reuse_detected: (application: string, moment: string) =>
        `A connection of ${application} ended ${moment}, because the code of its sign-in was used a second time.`,
    },
    afterIncident:
      'Somebody may have copied it, so it stopped working. To replace this connection, connect the application again.',
  },
  connection: {
    saved: {
      narrowed: 'Saved. This connection now allows only what is listed here.',
      shortened: 'Saved. This connection now ends sooner.',
      both: 'Saved. This connection now allows only what is listed here, and ends sooner.',
      nothing: 'Nothing was changed.',
      meanwhile:
        'Nothing was saved, because this was changed elsewhere in the meantime. The page shows the current state.',
    },
    nothingLeft:
      'Nothing was saved. The application can still read all of this. To allow none of it, end the connection.',
    what: 'What it may read',
    isOneOfSeveral: 'This application is connected more than once. Only this connection changes here.',
    whatAbout: 'Untick anything it should no longer read. To allow more, connect again from the application.',
    save: 'Save changes',
    howLong: 'How long',
    keep: 'No change',
    disconnect: 'Disconnect',
    disconnectAbout: 'It will no longer be able to read anything.',
    endOne: 'End this connection',
    endOneAbout: 'The application stays connected.',
  },
  disconnect: {
    title: (application: string) => `Disconnect ${application}?`,
    titleOne: (application: string) => `End this connection of ${application}?`,
    titleAll: 'Disconnect all applications?',
    loses: (application: string) =>
      `${application} will no longer be able to read anything. It keeps what it has already read. To connect again, sign in from the application.`,
    losesOne: (application: string) =>
      `${application} stays connected, and can still read what its other connections allow. It keeps what it has already read.`,
    losesAll:
      'They will no longer be able to read anything. They keep what they have already read. To connect one again, sign in from it.',
    yes: 'Disconnect',
    yesOne: 'End it',
    no: 'Keep it',
    noAll: 'Keep them',
    done: (application: string) => `${application} is disconnected.`,
    doneOne: (application: string) =>
      `One connection of ${application} ended; ${application} is still connected.`,
    doneAll: 'All applications are disconnected.',
  },
  log: {
    title: 'Who read my record',
    about: (timeZone: string | undefined) =>
      `Newest first. Times are in ${timeZone === undefined ? 'UTC, because your browser did not name its time zone' : `your time zone (${timeZone})`}. Viewing this list adds an entry to it.`,
    none: 'No entries yet.',
    noneOlder: 'No older entries.',
    through: (application: string) => `through ${application}`,
    refused: 'refused',
    failed: 'failed',
    older: 'Older entries',
    newest: 'Back to the newest',
    somebody: 'Somebody who did not sign in',
    holder: 'Somebody with a key to your record',
    administration: 'The administration',
    erased: 'Erased; the log does not say when, or by whom',
    erasedOn: (date: string) => `Erased on ${date}`,
    onOwnPages: 'on these pages',
    download: 'Download with proofs',
    downloadAbout:
      'Every entry in one file, with proof that it is unchanged. Keep the file: it can be checked later, without us.',
    downloading: {
      title: 'Your download is under way',
      sentence: 'Only one runs at a time. Wait until it has ended, then try again.',
    },
    kinds: {
      read: 'read',
      search: 'searched',
      authorize: 'asked for access',
      'sign-in': 'signed in',
      'sign-out': 'signed out',
      consent: 'decided what the application may read',
      token: 'a key for the application',
      revoke: 'ended a connection of the application',
      introspect: 'a key was checked',
      userinfo: 'read who is signed in',
      register: 'registered an application',
      account: 'changed an account',
      proof: 'asked for proof that the log is unchanged',
      export: 'downloaded this list',
      erasure: 'erased the earlier entries of this list',
      other: 'asked for something else',
    },
    changes: logChangesEn,
    reasons: {
      refresh_reuse_detected: 'an old key was used again; the connection ended',
      code_reuse_detected: 'the code of a sign-in was used again; the connection ended',
    },
    endings: {
      wrong_password: 'tried to sign in with a wrong password',
      access_denied: 'did not allow it',
      not_this_person: 'did not finish signing in',
    },
  },
  types: typesEn,
  hints: hintsEn,
  patients: patientsEn,
  forAdministrator: 'For its administrator:',
  handOn: {
    title: 'Back to the extension',
    sentence: 'The organization has answered. This window continues automatically.',
    link: 'Continue',
  },
  problem: {
    foreignForm: {
      title: 'This form was not sent from here',
      sentence: 'Close this window and sign in again.',
    },
    foreignOwnForm: {
      title: 'This form was not sent from here',
      sentence: 'Nothing was changed. Open the page again and retry.',
    },
    over: {
      title: 'This sign-in is over',
      sentence: 'It took too long, or it was opened in another window. Close this window and start again.',
    },
    launchEnded: {
      title: 'This launch has ended',
      sentence:
        'It belongs to the person who opened the patient, who is signed out now. Sign in, open the patient and launch the application again.',
    },
    failed: {
      title: 'Something went wrong',
      sentence: 'Nothing was changed. Close this window and try again in a moment.',
    },
    tooManyBegun: {
      title: 'Too many sign-ins',
      sentence: (minutes: number) =>
        `Too many sign-ins were started from your network and not finished. Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, then close this window and try again.`,
    },
    unreadable: {
      title: 'This form cannot be read',
      sentence: 'Nothing was changed. Close this window and start again.',
    },
    nobodyWaits: {
      title: 'This sign-in cannot continue',
      sentence: 'Nobody is waiting for this answer. Close this window and sign in again from the extension.',
    },
    request: {
      title: 'This request was not accepted',
      sentence: 'The application that sent you here made an invalid request. Nothing was shared.',
    },
    disabled: (application: string, organization: string) => ({
      title: 'This application is switched off',
      sentence: `${organization} has switched off ${application}, so it cannot read your record. Nothing was shared. If you need it, ask ${organization}.`,
    }),
    tooManyGrants: {
      title: 'Too many applications are connected',
      sentence:
        'Nothing was shared. You can have at most 500 connections. Disconnect some that you no longer use, then sign in again.',
    },
    nowhere: {
      title: 'Page not found',
      sentence: 'Check the address, or go to your account.',
    },
    notFound: {
      title: 'Page not found',
      sentence:
        'The application may have been disconnected in the meantime. Go back to your account to see what is connected.',
    },
  },
}

export type Words = typeof en
