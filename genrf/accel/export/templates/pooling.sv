// The maximum over windows that lie side by side, taken of a convolution's results as they come: a line holds the
// maxima so far of one row of windows, for each group of COLUMNS channels that take turns.
module pooling #(
    parameter COLUMNS = 4,
    parameter WIDTH = 8,
    parameter LINE = 8,    // places of the line
    parameter LBITS = 3
) (
    input  wire                     clk,
    input  wire                     valid,
    input  wire                     first,  // of its window
    input  wire [LBITS-1:0]         place,  // in the line
    input  wire                     negative, // results have a sign
    input  wire [COLUMNS*WIDTH-1:0] in,
    output wire [COLUMNS*WIDTH-1:0] out     // a clock cycle later: the maximum of the window so far
);
    reg there, begins, again;
    reg [LBITS-1:0] held_place;
    reg [COLUMNS*WIDTH-1:0] held, written;
    wire [COLUMNS*WIDTH-1:0] line;
    memory #(.WIDTH(COLUMNS*WIDTH), .DEPTH(LINE), .ABITS(LBITS)) storage (
        .clk(clk), .write(there), .write_address(held_place), .write_data(out), .read_address(place), .read_data(line)
    );
    always @(posedge clk) begin
        there <= valid;
        begins <= first;
        held_place <= place;
        held <= in;
        written <= out;
        again <= there && held_place == place; // the memory does not know yet what is written now
    end
    wire [COLUMNS*WIDTH-1:0] so_far = again ? written : line;
    genvar i;
    generate
        for (i = 0; i < COLUMNS; i = i + 1) begin : lanes
            wire [WIDTH-1:0] now = held[i*WIDTH +: WIDTH], best = so_far[i*WIDTH +: WIDTH];
            wire better = $signed({negative & best[WIDTH-1], best}) > $signed({negative & now[WIDTH-1], now});
            assign out[i*WIDTH +: WIDTH] = !begins && better ? best : now;
        end
    endgenerate
endmodule
