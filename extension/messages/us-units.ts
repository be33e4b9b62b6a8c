/** What an international avoirdupois pound is in kilograms, and an inch in centimetres. */
export const POUND = 0.45359237
export const INCH = 2.54

/** A temperature in °C is one in °F times `factor` plus `offset`. */
export const FAHRENHEIT = { factor: 5 / 9, offset: -160 / 9 } as const
