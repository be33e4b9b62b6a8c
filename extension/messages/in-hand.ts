/** The name under which a page asks whether the worker still has a question, by its id. Answered true or false. */
export const IN_HAND = 'in-hand'
