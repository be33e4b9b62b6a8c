type Names = readonly [string, ...string[]]

/** First and family names of one origin, so that each person's name is plausible. */
interface NamePool {
  readonly female: Names
  readonly male: Names
  readonly family: Names
}

const words = (list: string): Names => list.split(' ') as unknown as Names

const pool = (female: string, male: string, family: string): NamePool => ({
  female: words(female),
  male: words(male),
  family: words(family),
})

/** Some names are listed twice, because they are more frequent in Springfield. */
export const namePools: readonly [NamePool, ...NamePool[]] = [
  pool(
    'Abigail Barbara Carol Deborah Emily Faith Grace Hannah Judith Karen Linda Megan Nancy Olivia Paige Ruth Sarah Tracy Zoë',
    'Aaron Brian Charles Daniel Edward Frank George Henry Isaac Jacob Kevin Logan Mark Nathan Owen Patrick Robert Scott Walter',
    'Adams Baker Carter Dawson Ellis Foster Graham Hughes Jenkins Keller Lawson Mercer Nolan Parker Reed Sutton Turner Underwood Whitaker Young Smith-Hayes',
  ),
  pool(
    'Alicia Beverly Chloé Dorothy Eleanor Fiona Gwen Heather Irene Joan Kathleen Laura Maureen Nora Pamela Rose Susan Theresa',
    'Alan Bruce Colin Dennis Ethan Gregory Howard Ian Jeffrey Keith Liam Michael Neil Oscar Peter Ryan Sean Thomas',
    "O'Brien McCarthy Murphy Gallagher Fitzgerald Donovan Sullivan Kennedy Byrne Doyle Walsh MacLeod Campbell Stewart Ross-Murray",
  ),
  pool(
    'Aaliyah Brianna Denise Ebony Imani Jasmine Keisha Latoya Monique Nia Renée Tamara Yvonne',
    'Andre Darnell Curtis Isaiah Jamal Leon Malik Marcus Reggie Terrence Tyrone Xavier',
    'Banks Booker Coleman Freeman Gaines Hampton Jefferson Mosley Randolph Simmons Washington Wells-Carter',
  ),
  pool(
    'Ana Beatriz Carmen Elena Esperanza Guadalupe Inés Lucía María Rosa Sofía Valeria Verónica Ximena',
    'Alejandro Carlos Diego Esteban Fernando Héctor Jesús José Luis Martín Miguel Raúl Sebastián Víctor',
    'Álvarez Castillo Cruz Fernández García Gutiérrez Hernández Jiménez López Martínez Muñoz Peña Ramírez García-López Vega-Ruiz',
  ),
  pool(
    'Astrid Elsa Greta Heidi Ingrid Johanna Liesl Sigrid Ursula',
    'Anders Björn Dieter Erik Hans Jürgen Lars Matthias Søren',
    'Andersson Bauer Fischer Hoffmann Jørgensen Köhler Lindqvist Müller Schäfer Weiß',
  ),
  pool(
    'Agnieszka Danuta Ewa Halina Jadwiga Małgorzata Zofia',
    'Andrzej Jakub Kazimierz Łukasz Mateusz Paweł Zbigniew',
    'Dąbrowski Kamiński Kowalczyk Lis Nowak Wiśniewski Wójcik Zieliński',
  ),
  pool(
    'Aditi Deepa Indira Kavya Lakshmi Meera Priya Radha Sunita',
    'Amit Arjun Dev Karthik Manish Rahul Rajesh Sanjay Vikram',
    'Banerjee Chowdhury Desai Gupta Iyer Kapoor Mehta Patel Rao Sharma',
  ),
  pool(
    'Hui Jia Lan Li Mei Ming-Zhu Xiu Ying Yun',
    'Chao Feng Hao Jian Jun Lei Qiang Wei Zhi-Ming',
    'Chen Gao Huang Lin Liu Wang Wu Xu Zhang Zhou',
  ),
  pool(
    'Hanh Kim-Anh Linh Mai Ngọc Thảo Thu Trang',
    'Bảo Duc Hiếu Huy Khoa Minh Quang Tuấn',
    'Bùi Đặng Hoàng Lê Nguyễn Phạm Trần Võ',
  ),
  pool(
    'Eun-Ji Hye-Jin Ji-Woo Min-Seo Soo-Yeon Yuna',
    'Dong-Hyun Hyun-Woo Jae-Won Joon Sung-Min Tae',
    'Choi Han Jung Kang Kim Park Yoon',
  ),
  pool(
    'Aisha Dalia Fatima Layla Mariam Noor Rania Yasmin Zaynab',
    'Ahmed Bilal Hassan Ibrahim Khalid Omar Samir Tariq Yusuf',
    'Abbas Al-Hashimi El-Sayed Farouk Haddad Khoury Mansour Nasser Rahman',
  ),
  pool(
    'Abeni Adaeze Amara Chioma Folake Makeda Ngozi Selam',
    'Babatunde Chinedu Emeka Kwame Obinna Tesfaye Tunde Yonas',
    'Abebe Adeyemi Balogun Eze Mensah Nwosu Okafor Okonkwo-Bell Tadesse',
  ),
  pool(
    'Adèle Camille Céline Élodie Geneviève Hélène Noémie',
    'André Étienne François Gaël Jérôme Luc Rémi',
    'Beaulieu Charlot Desrosiers Gagné Lefèvre Saint-Pierre Tremblay',
  ),
  pool(
    'Ana-Maria Bianca Ioana Larisa Oksana Svitlana Yelena',
    'Andrei Bogdan Dmytro Mihai Oleksandr Sergei Ștefan',
    'Bondarenko Ionescu Kovalenko Petrov Popescu Shevchenko',
  ),
  pool(
    'Cristina Dalisay Jocelyn Liwayway Marisol Rowena',
    'Benigno Crisanto Emilio Jomar Reynaldo Rodel',
    'Aquino Bautista Dela-Cruz Manalo Reyes Santos Villanueva',
  ),
  pool(
    'Akiko Haruka Keiko Naomi Yuki',
    'Daichi Hiroshi Kenji Satoshi Takumi',
    'Fujimoto Hayashi Nakamura Sato Tanaka Yamada',
  ),
]

/** City and postal code, all in Illinois; Springfield stands first and is the most frequent. */
export const places: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ['Springfield', '62701'],
  ['Springfield', '62702'],
  ['Springfield', '62703'],
  ['Springfield', '62704'],
  ['Springfield', '62711'],
  ['Chatham', '62629'],
  ['Rochester', '62563'],
  ['Sherman', '62684'],
  ['Riverton', '62561'],
  ['Jacksonville', '62650'],
  ['Lincoln', '62656'],
  ['Taylorville', '62568'],
]

export const streets = words(
  'Oak Maple Walnut Cedar Prairie Lakeview Monroe Jefferson Willow Chestnut Linden Mill',
)
