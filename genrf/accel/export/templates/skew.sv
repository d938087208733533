// Delays lane i by i clock cycles (or, reversed, by LANES-1-i): how a row of data becomes a diagonal wave, and back.
module skew #(
    parameter LANES = 4,
    parameter WIDTH = 8,
    parameter REVERSED = 0
) (
    input  wire                   clk,
    input  wire [LANES*WIDTH-1:0] in,
    output wire [LANES*WIDTH-1:0] out
);
    wire unused = &{1'b0, clk}; // by lanes without delay
    genvar lane;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
            localparam DELAY = (REVERSED != 0) ? LANES - 1 - lane : lane;
            if (DELAY == 0) begin : direct
                assign out[lane*WIDTH +: WIDTH] = in[lane*WIDTH +: WIDTH];
            end else if (DELAY == 1) begin : one
                reg [WIDTH-1:0] held;
                always @(posedge clk) held <= in[lane*WIDTH +: WIDTH];
                assign out[lane*WIDTH +: WIDTH] = held;
            end else begin : line
                reg [DELAY*WIDTH-1:0] held;
                always @(posedge clk) held <= {held[(DELAY-1)*WIDTH-1:0], in[lane*WIDTH +: WIDTH]};
                assign out[lane*WIDTH +: WIDTH] = held[DELAY*WIDTH-1 -: WIDTH];
            end
        end
    endgenerate
endmodule
