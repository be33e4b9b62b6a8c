/** "SMART Style" (SMART App Launch 2.2, section 3.2): the design values that an application may adopt. */
export const SMART_STYLE = {
  color_background: '#ffffff',
  color_error: '#8a3b00',
  color_highlight: '#0b6e6e',
  color_modal_backdrop: '#14212b',
  color_success: '#0b6e6e',
  color_text: '#14212b',
  dim_border_radius: '8px',
  dim_font_size: '16px',
  dim_spacing_size: '20px',
  font_family_body: 'system-ui, sans-serif',
  font_family_heading: 'system-ui, sans-serif',
} as const
